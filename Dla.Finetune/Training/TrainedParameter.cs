using TorchSharp.Modules;

namespace Dla.Finetune;

/// <summary>One trained tensor of a network with what the optimizer must know of it.</summary>
/// <param name="Name">Its <c>state_dict</c> name.</param>
/// <param name="Weights">The tensor.</param>
/// <param name="Decays">Whether weight decay applies: to convolutions, not to batch norms and biases.</param>
/// <param name="RateFactor">Its part of the learning rate: 1 for the head, less for earlier layers where layers decay.</param>
internal sealed record TrainedParameter(string Name, Parameter Weights, bool Decays, double RateFactor = 1);
