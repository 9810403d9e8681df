using Dla.MLNet;
using Dla.Models;

namespace Dla.Finetune;

/// <summary>The batches of a training set, prepared ahead of the network.</summary>
/// <remarks>
/// The order of the images depends on the seed and the epoch; an image's variation on the seed, the epoch and the image (with balanced
/// sampling its place in the order); what is mixed on the seed, the epoch and the step. Nothing depends on the number of workers. The last images that do not
/// fill a batch are left out of that pass; every pass leaves out others.
/// </remarks>
internal sealed class BatchLoader : IBatchSource
{
    private readonly DlaNetwork _network;
    private readonly ImageDataset _train;
    private readonly ImageDataset? _validation;
    private readonly ImagePreprocessing _preprocessing;
    private readonly DlaTrainingOptions _options;
    private readonly Prefetch _prefetch;
    private readonly ImageOrder _order;
    private readonly BadImageList _bad;
    private readonly Augmenter _augmenter;
    private readonly Augmenter[] _smallAugmenters;

    public BatchLoader(DlaNetwork network, ImageDataset train, ImageDataset? validation, ImagePreprocessing preprocessing, DlaTrainingOptions options)
    {
        (_network, _train, _validation, _preprocessing, _options) = (network, train, validation, preprocessing, options);
        (_prefetch, _order, _bad) = (new Prefetch(options.Workers), new ImageOrder(train, options), new BadImageList(options.OnBadImage));
        _augmenter = new Augmenter(options.Augmentation, preprocessing);
        if (options.SmallSize is { } small)
        {
            DlaNetwork.CheckSize(small, small);
            if (small > preprocessing.CropSize) throw new ArgumentException($"{nameof(options.SmallSize)} is {small}; " +
                $"it must not be above the input's {preprocessing.CropSize} pixels.");
        }
        _smallAugmenters = [.. options.SmallSizes(preprocessing.CropSize).Select(size => new Augmenter(options.Augmentation, preprocessing.ScaledTo(size)))];
    }

    public int BatchesPerEpoch => _train.Count / _options.BatchSize;

    public TimeSpan Waited => _prefetch.Waited;

    public IReadOnlyList<BadImage> BadImages => _bad.Images;

    public void Prepare(TrainingWorkspace? workspace, CancellationToken cancel)
    {
    }

    public IEnumerable<Batch> Epoch(int epoch, int first, CancellationToken cancel)
    {
        var order = _order.Of(epoch);
        var smallEpochs = (int)Math.Round(_options.Epochs * _options.SmallFraction);
        var augmenter = epoch < smallEpochs && _smallAugmenters.Length > 0 ? _smallAugmenters[epoch * _smallAugmenters.Length / smallEpochs] : _augmenter;
        return _prefetch.Run(first, BatchesPerEpoch, (batch, stop) => Load(order, epoch, batch, augmenter, stop), cancel);
    }

    public DlaAccuracy? Measure(CancellationToken cancel) =>
        _validation is null ? null : DlaAccuracy.Measure(_network, _validation, _preprocessing, _options.OnBadImage, cancel);

    private Batch Load(int[] order, int epoch, int batch, Augmenter augmenter, CancellationToken stop)
    {
        var pixels = GC.AllocateUninitializedArray<float>(_options.BatchSize * augmenter.Length);
        var labels = new long[_options.BatchSize];
        var count = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            var position = batch * _options.BatchSize + i;
            var index = order[position];
            var values = pixels.AsMemory(count * augmenter.Length, augmenter.Length);
            if (_bad.Try(index, () => Load(index, epoch, _order.Variation(order, position), augmenter, values.Span))) labels[count++] = _train.Label(index);
        }
        var badImages = labels.Length - count;
        if (badImages > 0) (pixels, labels) = (pixels[..(count * augmenter.Length)], labels[..count]);
        var loaded = new Batch(pixels, labels, augmenter.Size, augmenter.Size, 3) { BadImages = badImages };
        return count < 2 ? loaded : BatchMixing.Mix(loaded, _options, epoch, batch);
    }

    private void Load(int index, int epoch, int variation, Augmenter augmenter, Span<float> values)
    {
        var random = new SampleRandom(_options.Seed, epoch, variation);
        augmenter.Run(sink => _train.ReadImage(index, augmenter.Orientation, sink), ref random, values);
    }
}
