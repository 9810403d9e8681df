using System.Diagnostics;
using System.Globalization;
using Dla.Finetune;
using Dla.MLNet;
using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Benchmarks;

/// <summary>
/// <c>training [VARIANT]</c>: images a second of training at 224 pixels in batches of 8 with SGD, taking turns in one run: a loop as one writes it by hand
/// (float32, plain layout, the images made before) and this trainer in float32 and in bfloat16 (small JPEG files, so that the steps are what is compared); then
/// the part of the time that it waits for photos of 500 × 375.
/// </summary>
internal static class TrainingComparison
{
    private const int Batch = 8, Steps = 16, Rounds = 3, Size = 224;

    public static int Run(string[] arguments)
    {
        var variant = DlaVariant.Parse(arguments.Length > 0 ? arguments[0] : "dla34");
        using var small = new BenchmarkPhotos(256, 256);
        using var photos = new BenchmarkPhotos();
        var data = new PhotoDataset(small.Files, Batch * Steps);
        var rates = new Dictionary<string, List<double>> { ["plain"] = [], ["float32"] = [], ["bfloat16"] = [] };
        for (var round = 0; round < Rounds; round++)
        {
            rates["plain"].Add(Plain(variant));
            rates["float32"].Add(Ours(variant, data, TrainingPrecision.Float32).Rate);
            rates["bfloat16"].Add(Ours(variant, data, TrainingPrecision.BFloat16).Rate);
        }
        Console.WriteLine($"{variant.Name}, {Size} pixels, batches of {Batch}, {Environment.ProcessorCount} processors; median of {Rounds}");
        foreach (var (name, values) in rates)
        {
            var ratio = Median([.. values.Zip(rates["plain"], (v, plain) => v / plain)]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-10} {Median(values),8:f1} images/s, {ratio:f2} × the plain loop"));
        }
        var (rate, waited) = Ours(variant, new PhotoDataset(photos.Files, Batch * Steps), TrainingPrecision.BFloat16);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  photos of 500 × 375 in bfloat16: " +
            $"{rate:f1} images/s, {waited:p1} of the time waiting for images"));
        return 0;
    }

    /// <summary>What one writes by hand: no layout, no precision, no preprocessing.</summary>
    private static double Plain(DlaVariant variant)
    {
        using var scope = NewDisposeScope();
        using var network = new DlaNetwork(variant, new DlaNetworkOptions { NumClasses = 2 });
        network.train();
        using var optimizer = optim.SGD(network.parameters(), 0.01, momentum: 0.9);
        var (images, labels) = (randn(Batch, 3, Size, Size), randint(2, [Batch]));
        var watch = new Stopwatch();
        for (var step = 0; step < 2 * Steps; step++)
        {
            if (step == Steps) watch.Start();   // the first half warms up
            using var inner = NewDisposeScope();
            optimizer.zero_grad();
            nn.functional.cross_entropy(network.call(images), labels).backward();
            optimizer.step();
        }
        return Batch * Steps / watch.Elapsed.TotalSeconds;
    }

    private static (double Rate, double Waited) Ours(DlaVariant variant, PhotoDataset data, TrainingPrecision precision)
    {
        using var network = new DlaNetwork(variant, new DlaNetworkOptions { NumClasses = 2 });
        var options = new DlaTrainingOptions
        {
            BatchSize = Batch, Epochs = 2, LearningRate = 0.01, Precision = precision, Augmentation = new AugmentationOptions { Crop = CropMode.RandomResized },
        };
        var epoch = DlaTrainer.Train(network, data, null, ImagePreprocessing.ForCrop(Size), options).Epochs[^1];   // the first one warms up
        return (data.Count / epoch.Duration.TotalSeconds, epoch.Waited / epoch.Duration);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
