using Dla.MLNet;
using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>How well a network classifies a data set.</summary>
/// <param name="Images">Images measured, bad ones among them.</param>
/// <param name="Top1">Fraction in [0, 1] whose best class is right.</param>
/// <param name="Top5">Fraction in [0, 1] whose right class is among the best five; 1 with five classes or fewer.</param>
/// <param name="Loss">Mean cross-entropy in nats, without label smoothing.</param>
public sealed record DlaAccuracy(int Images, double Top1, double Top5, double Loss)
{
    /// <summary>Images the network is given at once.</summary>
    private const int BatchSize = 100;

    /// <summary>Batches prepared at the same time, at most: they are large, and the network is slower than a few processors that decode.</summary>
    private const int MostWorkers = 4;

    /// <summary>Images that could not be read: they count as wrong, and are not in the loss.</summary>
    public int BadImages { get; init; }

    /// <summary>Measures a network, with exactly the preprocessing of scoring.</summary>
    /// <param name="network">Is put into evaluation mode, and back after.</param>
    /// <param name="data">Labelled images; its classes are the network's.</param>
    /// <param name="preprocessing">How an image becomes the network's input.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="ArgumentException">The data has more classes than the network, or no image.</exception>
    /// <exception cref="ImageDecodeException">An image is bad.</exception>
    public static DlaAccuracy Measure(DlaNetwork network, ImageDataset data, ImagePreprocessing preprocessing, CancellationToken cancel = default) =>
        Measure(network, data, preprocessing, BadTrainingImage.Error, cancel);

    /// <summary>Measures a network, with bad images an error or counted as wrong.</summary>
    /// <param name="network">Is put into evaluation mode, and back after.</param>
    /// <param name="data">Labelled images; its classes are the network's.</param>
    /// <param name="preprocessing">How an image becomes the network's input.</param>
    /// <param name="onBadImage">What happens to an image that cannot be read.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="ArgumentException">The data has more classes than the network, or no image.</exception>
    /// <exception cref="InsufficientMemoryException">There is too little memory for a hundred images at a time.</exception>
    public static DlaAccuracy Measure(DlaNetwork network, ImageDataset data, ImagePreprocessing preprocessing, BadTrainingImage onBadImage,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        if (data.Count == 0) throw new ArgumentException($"'{data.Name}' has no images to measure on.", nameof(data));
        if (data.ClassNames.Count > network.Options.NumClasses)
            throw new ArgumentException($"'{data.Name}' has {data.ClassNames.Count} classes, the network {network.Options.NumClasses}.", nameof(data));
        var (preprocessor, bad) = (new ImagePreprocessor(preprocessing), new BadImageList(onBadImage));
        var batches = (data.Count + BatchSize - 1) / BatchSize;
        var prepared = new Prefetch(Math.Min(Environment.ProcessorCount, MostWorkers))
            .Run(0, batches, (b, stop) => Prepare(data, preprocessor, bad, b, stop), cancel);
        try
        {
            return Measure(network, data.Count, prepared,
                (pixels, count) =>
                    network.forward(ChannelsLast.Of(tensor(pixels, [count, preprocessor.Channels, preprocessing.CropSize, preprocessing.CropSize]))));
        }
        catch (Exception e) when (MemoryShortage.Is(e))
        {
            throw MemoryShortage.OfMeasurement(e, Math.Min(BatchSize, data.Count), preprocessing.CropSize);
        }
    }

    /// <summary>Measures the head of a network on embeddings.</summary>
    internal static DlaAccuracy Measure(DlaNetwork network, ImageDataset data, ImageEmbeddings embeddings, CancellationToken cancel)
    {
        var batches = Enumerable.Range(0, data.Count).Where(i => !embeddings.IsBad(i)).Chunk(BatchSize).Select(images =>
        {
            cancel.ThrowIfCancellationRequested();
            var values = new float[images.Length * embeddings.Length];
            for (var i = 0; i < images.Length; i++) embeddings.Of(images[i], mirrored: false).CopyTo(values.AsSpan(i * embeddings.Length));
            return (values, Array.ConvertAll(images, i => (long)data.Label(i)));
        });
        return Measure(network, data.Count, batches, (values, count) => network.ForwardHead(tensor(values, [count, embeddings.Length])));
    }

    private static DlaAccuracy Measure(DlaNetwork network, int images, IEnumerable<(float[] Values, long[] Labels)> batches, Func<float[], int, Tensor> forward)
    {
        var training = network.training;
        network.eval();
        try
        {
            double loss = 0;
            long top1 = 0, top5 = 0, read = 0;
            foreach (var (values, labels) in batches)
            {
                if (labels.Length == 0) continue;
                using var scope = NewDisposeScope();
                using var untracked = no_grad();
                var target = tensor(labels);
                var logits = forward(values, labels.Length);
                loss += nn.functional.cross_entropy(logits, target, reduction: nn.Reduction.Sum).item<float>();
                var best = logits.topk((int)Math.Min(5, logits.shape[1]), dim: 1).indexes;
                var hits = best.eq(target.unsqueeze(1));
                top1 += hits.narrow(1, 0, 1).sum().item<long>();
                top5 += hits.sum().item<long>();
                read += labels.Length;
            }
            return new DlaAccuracy(images, (double)top1 / images, (double)top5 / images, loss / Math.Max(read, 1)) { BadImages = images - (int)read };
        }
        finally
        {
            network.train(training);
        }
    }

    private static (float[] Pixels, long[] Labels) Prepare(ImageDataset data, ImagePreprocessor preprocessor, BadImageList bad, int batch,
        CancellationToken stop)
    {
        var first = batch * BatchSize;
        var labels = new long[Math.Min(BatchSize, data.Count - first)];
        var pixels = new float[labels.Length * preprocessor.Length];
        var count = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            var (image, values) = (first + i, pixels.AsMemory(count * preprocessor.Length, preprocessor.Length));
            if (bad.Try(image, () => Read(data, preprocessor, image, values.Span))) labels[count++] = data.Label(image);
        }
        return count == labels.Length ? (pixels, labels) : (pixels[..(count * preprocessor.Length)], labels[..count]);
    }

    /// <summary>Makes an image the network's input, naming it where it is bad.</summary>
    internal static void Read(ImageDataset data, ImagePreprocessor preprocessor, int image, Span<float> values)
    {
        try
        {
            preprocessor.Run(data.ReadEncoded(image).Span, values);
        }
        catch (ImageDecodeException e) when (e.Path is null)
        {
            throw new ImageDecodeException(data.Describe(image), e.Message, e);
        }
    }
}
