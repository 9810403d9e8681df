namespace Dla.Models;

/// <summary>How to make a network from published or own weights.</summary>
public sealed record DlaPretrainedOptions
{
    /// <summary>The network. Default: <see langword="null"/>, which tells the published variant from the file's tensors.</summary>
    public DlaVariant? Variant { get; init; }

    /// <summary>
    /// Classes of the head; 0 for none. Another number than the file's gives a new head, to be trained. Default: <see langword="null"/>, the file's,
    /// and none for a file without a head.
    /// </summary>
    public int? NumClasses { get; init; }

    /// <summary>Image channels; another number than 3 adapts the stem of a file with 3. Default: <see langword="null"/>, the file's.</summary>
    public int? InputChannels { get; init; }

    /// <summary>Probability in [0, 1) of dropping an embedding value before the head, in training only. Default: 0.</summary>
    public double Dropout { get; init; }

    /// <summary>Seed of a new head. Default: 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Where published weights are kept and fetched from. Default: <see langword="null"/>, the user's cache.</summary>
    public WeightStore? Store { get; init; }
}
