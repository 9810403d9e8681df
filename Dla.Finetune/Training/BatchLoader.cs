namespace Dla.Finetune;

/// <summary>The batches of a training set, prepared ahead of the network.</summary>
/// <remarks>
/// The order of the images depends on the seed and the epoch; an image's variation on the seed, the epoch and the image. Nothing depends on
/// the number of workers. The last images that do not fill a batch are left out of that pass; every pass leaves out others.
/// </remarks>
internal sealed class BatchLoader(ImageDataset data, DlaTrainingOptions options)
{
    private readonly Prefetch _prefetch = new(options.Workers);

    /// <summary>Whole batches in a pass.</summary>
    public int BatchesPerEpoch => data.Count / options.BatchSize;

    /// <summary>How long the network has waited for batches so far.</summary>
    public TimeSpan Waited => _prefetch.Waited;

    /// <summary>The batches of a pass, from number <paramref name="first"/> on.</summary>
    /// <param name="epoch">The pass, from 0.</param>
    /// <param name="first">The first batch.</param>
    /// <param name="augmenter">Makes an image the network's input.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> is set.</exception>
    public IEnumerable<Batch> Epoch(int epoch, int first, Augmenter augmenter, CancellationToken cancel)
    {
        var order = Enumerable.Range(0, data.Count).ToArray();
        new SampleRandom(options.Seed, epoch, -1).Shuffle(order);
        return _prefetch.Run(first, BatchesPerEpoch, (batch, stop) => Prepare(order, epoch, batch, augmenter, stop), cancel);
    }

    private Batch Prepare(int[] order, int epoch, int batch, Augmenter augmenter, CancellationToken stop)
    {
        var pixels = GC.AllocateUninitializedArray<float>(options.BatchSize * augmenter.Length);
        var labels = new long[options.BatchSize];
        for (var i = 0; i < labels.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            var index = order[batch * options.BatchSize + i];
            var random = new SampleRandom(options.Seed, epoch, index);
            augmenter.Run(data.ReadImage(index, augmenter.Orientation), ref random, pixels.AsSpan(i * augmenter.Length, augmenter.Length));
            labels[i] = data.Label(index);
        }
        return new Batch(pixels, labels, augmenter.Size);
    }
}
