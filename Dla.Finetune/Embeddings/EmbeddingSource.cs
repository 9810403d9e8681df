using Dla.MLNet;
using Dla.Models;

namespace Dla.Finetune;

/// <summary>Batches of embeddings, computed once by the frozen network and then only looked up.</summary>
internal sealed class EmbeddingSource : IBatchSource
{
    private readonly DlaNetwork _network;
    private readonly ImageDataset _train;
    private readonly ImageDataset? _validation;
    private readonly ImagePreprocessing _preprocessing;
    private readonly DlaTrainingOptions _options;
    private readonly ITrainingMonitor? _monitor;
    private readonly ImageOrder _order;
    private readonly BadImageList _bad;
    private ImageEmbeddings? _learned, _measured;

    public EmbeddingSource(DlaNetwork network, ImageDataset train, ImageDataset? validation, ImagePreprocessing preprocessing, DlaTrainingOptions options,
        ITrainingMonitor? monitor)
    {
        (_network, _train, _validation, _preprocessing, _options, _monitor) = (network, train, validation, preprocessing, options, monitor);
        (_order, _bad) = (new ImageOrder(train, options), new BadImageList(options.OnBadImage));
    }

    public int BatchesPerEpoch => _train.Count / _options.BatchSize;

    public TimeSpan Waited => TimeSpan.Zero;

    public IReadOnlyList<BadImage> BadImages => _bad.Images;

    private bool Mirrors => _options.Augmentation.FlipProbability > 0;

    public void Prepare(TrainingWorkspace? workspace, CancellationToken cancel)
    {
        EmbeddingNetwork? embedder = null;
        try
        {
            _learned = Get(_train, Mirrors, workspace?.Embeddings("train"), _bad);
            if (_validation is not null)
                _measured = Get(_validation, mirror: false, workspace?.Embeddings("validation"), new BadImageList(_options.OnBadImage));
        }
        finally
        {
            embedder?.Dispose();
        }
        for (var i = 0; i < _train.Count; i++)
            if (_learned.IsBad(i)) _bad.Add(i, $"'{_train.Describe(i)}' cannot be read.");

        ImageEmbeddings Get(ImageDataset data, bool mirror, string? file, BadImageList bad)
        {
            var key = file is null ? "" : EmbeddingKey.Of(_network, _preprocessing, data, mirror);
            var kept = file is null ? null : EmbeddingCache.Read(file, key, data.Count, _network.Variant.EmbeddingLength, mirror);
            if (kept is not null && (_options.OnBadImage == BadTrainingImage.Skip || !kept.Bad.Contains((byte)1))) return kept;
            workspace?.RequireSpace((long)data.Count * _network.Variant.EmbeddingLength * sizeof(float) * (mirror ? 2 : 1), "embeddings");
            embedder ??= new EmbeddingNetwork(_network, _preprocessing);
            var made = embedder.Run(data, mirror, bad, _options.Threads, done => _monitor?.OnEmbedding(done, data.Count), cancel);
            if (file is not null) workspace!.Write(file, path => EmbeddingCache.Write(path, key, made));
            return made;
        }
    }

    public IEnumerable<Batch> Epoch(int epoch, int first, CancellationToken cancel)
    {
        var order = _order.Of(epoch);
        for (var batch = first; batch < BatchesPerEpoch; batch++)
        {
            cancel.ThrowIfCancellationRequested();
            yield return Take(order, batch * _options.BatchSize, epoch);
        }
    }

    public DlaAccuracy? Measure(CancellationToken cancel) => _measured is null ? null : DlaAccuracy.Measure(_network, _validation!, _measured, cancel);

    private Batch Take(int[] order, int first, int epoch)
    {
        var places = Enumerable.Range(first, _options.BatchSize).Where(p => !_learned!.IsBad(order[p])).ToArray();
        var values = new float[places.Length * _learned!.Length];
        for (var i = 0; i < places.Length; i++)
        {
            var random = new SampleRandom(_options.Seed, epoch, _order.Variation(order, places[i]));
            var mirrored = Mirrors && random.NextDouble() < _options.Augmentation.FlipProbability;
            _learned.Of(order[places[i]], mirrored).CopyTo(values.AsSpan(i * _learned.Length));
        }
        return new Batch(values, Array.ConvertAll(places, p => (long)_train.Label(order[p])),
            _learned.Length) { BadImages = _options.BatchSize - places.Length };
    }
}
