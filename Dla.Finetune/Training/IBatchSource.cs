using Dla.MLNet;

namespace Dla.Finetune;

/// <summary>What a run learns from and is measured on.</summary>
internal interface IBatchSource
{
    /// <summary>Whole batches in a pass.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>How long the network has waited for batches so far.</summary>
    public TimeSpan Waited { get; }

    /// <summary>The bad training images met so far, by their place in the data.</summary>
    public IReadOnlyList<BadImage> BadImages { get; }

    /// <summary>Does what is done once, before the first step.</summary>
    /// <param name="workspace">Where it may be kept.</param>
    /// <param name="cancel">Stops.</param>
    public void Prepare(TrainingWorkspace? workspace, CancellationToken cancel);

    /// <summary>
    /// The batches of a pass, from number <paramref name="first"/> on. One of bad images may have fewer than the two images that a step needs.
    /// </summary>
    /// <param name="epoch">The pass, from 0.</param>
    /// <param name="first">The first batch.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> is set.</exception>
    public IEnumerable<Batch> Epoch(int epoch, int first, CancellationToken cancel);

    /// <summary>Measures the network on the validation images; <see langword="null"/> where there are none.</summary>
    public DlaAccuracy? Measure(CancellationToken cancel);
}
