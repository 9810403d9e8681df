using System.Globalization;
using Dla.MLNet;
using Dla.Models;

namespace Dla.Finetune.Tests;

/// <summary>Small noisy images of a few classes, in memory, each class with its own colour and stripe; and a tiny network for them.</summary>
internal sealed class TinyImages(int count, int classes, int seed = 1, int side = 32) : ImageDataset
{
    /// <summary>A DLA network of some 20,000 parameters.</summary>
    public static DlaVariant Variant { get; } = new("tiny", DlaBlock.Basic, [1, 1, 1, 1, 1, 1], [4, 8, 8, 16, 16, 32]);

    public static ImagePreprocessing Preprocessing { get; } = new() { CropSize = 32, ResizeShortSide = 32, Mean = [0.5f, 0.5f, 0.5f],
        Std = [0.25f, 0.25f, 0.25f] };

    /// <summary>A short recipe of one thread that has everything with state in it.</summary>
    public static DlaTrainingOptions Recipe { get; } = new() { Epochs = 3, BatchSize = 16, LearningRate = 0.05, EmaDecay = 0.9, Threads = 1 };

    /// <summary>Labels by image, where they are not what the images show.</summary>
    public Func<int, int>? Labels { get; init; }

    public override string Name => string.Create(CultureInfo.InvariantCulture, $"{count} tiny images");

    public override IReadOnlyList<string> ClassNames { get; } = [.. Enumerable.Range(0, classes).Select(i => $"class_{i}")];

    public override int Count => count;

    public static DlaNetwork Network(int classes, double dropout = 0) =>
        new(Variant, new DlaNetworkOptions { NumClasses = classes, Dropout = dropout, Seed = 7 });

    public override int Label(int index) => Labels?.Invoke(index) ?? index % classes;

    public override string Describe(int index) => string.Create(CultureInfo.InvariantCulture, $"tiny[{index}]");

    public override ReadOnlyMemory<byte> ReadEncoded(int index)
    {
        var planes = new byte[3 * side * side];
        new Random(seed * 100_003 + index).NextBytes(planes);
        var shown = index % classes;
        for (var i = 0; i < planes.Length; i++)
        {
            var (channel, y) = (i / (side * side), i % (side * side) / side);
            planes[i] = (byte)(planes[i] / 4 + (channel == shown % 3 ? 120 : 20) + (y / 4 % 2 == shown / 3 % 2 ? 60 : 0));
        }
        return Bitmap.Encode(planes, side, side);
    }
}
