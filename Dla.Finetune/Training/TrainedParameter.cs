using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>One trained tensor of a network with what the optimizer must know of it.</summary>
/// <param name="Name">Its <c>state_dict</c> name.</param>
/// <param name="Working">The tensor that the network computes with, in float32 or bfloat16.</param>
/// <param name="Master">The float32 values that are updated; the same tensor where the network computes in float32.</param>
/// <param name="Decays">Whether weight decay applies: to convolutions, not to batch norms and biases.</param>
internal sealed record TrainedParameter(string Name, Parameter Working, Tensor Master, bool Decays)
{
    /// <summary>Whether the network computes with a rounded copy.</summary>
    public bool IsRounded => !ReferenceEquals(Working, Master);
}
