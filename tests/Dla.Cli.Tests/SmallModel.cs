using Dla.Export;
using Dla.MLNet;
using Dla.Models;
using SkiaSharp;

namespace Dla.Cli.Tests;

/// <summary>A narrow network with random weights as an ONNX file, and a folder with images of its seven classes, some of them broken.</summary>
public sealed class SmallModel : IDisposable
{
    public static readonly string[] Classes = ["apple", "bear", "\"quoted, name\"", "deer", "elephant", "fox", "ghost"];

    private const int ImagesPerClass = 6;

    public SmallModel()
    {
        var variant = new DlaVariant("narrow", DlaBlock.Basic, [1, 1, 1, 1, 1, 1], [8, 8, 8, 16, 16, 32]);
        using var network = new DlaNetwork(variant, new DlaNetworkOptions { NumClasses = Classes.Length, Seed = 3 });
        var card = new DlaModelCard { ClassNames = Classes, Preprocessing = new ImagePreprocessing { ResizeShortSide = 32, CropSize = 32 } };
        DlaExporter.Export(network, card, Model);
        DlaExporter.Export(network, card with { Preprocessing = new ImagePreprocessing { ResizeShortSide = 64, CropSize = 64 } }, ModelWithFeatures,
            new DlaExportOptions { Outputs = DlaOutputs.Logits | DlaOutputs.Features });
        var random = new Random(5);
        foreach (var name in Classes)
        {
            Directory.CreateDirectory(Path.Combine(Images, name));
            for (var i = 0; i < ImagesPerClass; i++) Draw(Path.Combine(Images, name, $"{i}.png"), random);
        }
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("dla-cli-").FullName;

    public string Model => Path.Combine(Folder, "narrow.onnx");

    /// <summary>The same at 64 pixels, with the features that activation maps need.</summary>
    public string ModelWithFeatures => Path.Combine(Folder, "features.onnx");

    public string Images => Path.Combine(Folder, "images");

    public static int Count => Classes.Length * ImagesPerClass;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static void Draw(string path, Random random)
    {
        using var bitmap = new SKBitmap(random.Next(20, 60), random.Next(20, 60));
        for (var y = 0; y < bitmap.Height; y++)
            for (var x = 0; x < bitmap.Width; x++)
                bitmap.SetPixel(x, y, new SKColor((uint)random.Next() | 0xff000000));
        using var file = File.Create(path);
        bitmap.Encode(file, SKEncodedImageFormat.Png, 100);
    }
}
