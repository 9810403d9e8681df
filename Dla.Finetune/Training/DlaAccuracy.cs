using Dla.MLNet;
using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>How well a network classifies a data set.</summary>
/// <param name="Images">Images measured.</param>
/// <param name="Top1">Fraction in [0, 1] whose best class is right.</param>
/// <param name="Top5">Fraction in [0, 1] whose right class is among the best five; 1 with five classes or fewer.</param>
/// <param name="Loss">Mean cross-entropy in nats, without label smoothing.</param>
public sealed record DlaAccuracy(int Images, double Top1, double Top5, double Loss)
{
    /// <summary>Images the network is given at once.</summary>
    private const int BatchSize = 100;

    /// <summary>Measures a network, with exactly the preprocessing of scoring.</summary>
    /// <param name="network">Is put into evaluation mode, and back after.</param>
    /// <param name="data">Labelled images; its classes are the network's.</param>
    /// <param name="preprocessing">How an image becomes the network's input.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="ArgumentException">The data has more classes than the network, or no image.</exception>
    public static DlaAccuracy Measure(DlaNetwork network, ImageDataset data, ImagePreprocessing preprocessing, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        if (data.Count == 0) throw new ArgumentException($"'{data.Name}' has no images to measure on.", nameof(data));
        if (data.ClassNames.Count > network.Options.NumClasses)
            throw new ArgumentException($"'{data.Name}' has {data.ClassNames.Count} classes, the network {network.Options.NumClasses}.", nameof(data));
        var preprocessor = new ImagePreprocessor(preprocessing);
        var training = network.training;
        network.eval();
        try
        {
            double loss = 0;
            long top1 = 0, top5 = 0;
            var batches = (data.Count + BatchSize - 1) / BatchSize;
            foreach (var (pixels, labels) in new Prefetch(Environment.ProcessorCount).Run(0, batches, (b, stop) => Prepare(data, preprocessor, b, stop), cancel))
            {
                using var scope = NewDisposeScope();
                using var untracked = no_grad();
                var target = tensor(labels);
                var logits = network.forward(ChannelsLast.Of(tensor(pixels, [labels.Length, preprocessor.Channels, preprocessing.CropSize, preprocessing.CropSize])));
                loss += nn.functional.cross_entropy(logits, target, reduction: nn.Reduction.Sum).item<float>();
                var best = logits.topk((int)Math.Min(5, logits.shape[1]), dim: 1).indexes;
                var hits = best.eq(target.unsqueeze(1));
                top1 += hits.narrow(1, 0, 1).sum().item<long>();
                top5 += hits.sum().item<long>();
            }
            return new DlaAccuracy(data.Count, (double)top1 / data.Count, (double)top5 / data.Count, loss / data.Count);
        }
        finally
        {
            network.train(training);
        }
    }

    private static (float[] Pixels, long[] Labels) Prepare(ImageDataset data, ImagePreprocessor preprocessor, int batch, CancellationToken stop)
    {
        var first = batch * BatchSize;
        var labels = new long[Math.Min(BatchSize, data.Count - first)];
        var pixels = new float[labels.Length * preprocessor.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            var (image, values) = (first + i, pixels.AsMemory(i * preprocessor.Length, preprocessor.Length));
            data.Naming(image, () =>
            {
                preprocessor.Run(data.ReadEncoded(image).Span, values.Span);
                return true;
            });
            labels[i] = data.Label(first + i);
        }
        return (pixels, labels);
    }
}
