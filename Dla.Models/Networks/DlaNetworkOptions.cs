namespace Dla.Models;

/// <summary>What can be chosen of a network beside its variant.</summary>
public sealed record DlaNetworkOptions
{
    /// <summary>Classes C of the head; 0 builds no head, and the network then returns embeddings. Default: 1000, as ImageNet-1k.</summary>
    public int NumClasses { get; init; } = 1000;

    /// <summary>Channels of the input image. Default: 3.</summary>
    public int InputChannels { get; init; } = 3;

    /// <summary>Probability in [0, 1) of dropping an embedding value before the head, in training only. Default: 0.</summary>
    public double Dropout { get; init; }

    /// <summary>Seed of the initial weights. Default: 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Makes shapes only, no values (PyTorch's meta device): for counting. Default: <see langword="false"/>.</summary>
    internal bool ShapesOnly { get; init; }
}
