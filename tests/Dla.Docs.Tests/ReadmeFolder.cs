using Dla.Export;
using Dla.MLNet;
using Dla.Models;
using SkiaSharp;

namespace Dla.Docs.Tests;

/// <summary>A folder with what the README's examples name: weights, a model, photos, and two kinds of flowers.</summary>
public sealed class ReadmeFolder : IDisposable
{
    private static readonly string[] Flowers = ["rose", "tulip"];

    public ReadmeFolder()
    {
        using (var network = new DlaNetwork(DlaVariant.Dla34, new DlaNetworkOptions { NumClasses = 3, Seed = 1 }))
            Safetensors.Save(File("dla34.safetensors"), network);
        var tiny = new DlaVariant("tiny", DlaBlock.Basic, [1, 1, 1, 1, 1, 1], [8, 8, 8, 16, 16, 32]);
        using (var network = new DlaNetwork(tiny, new DlaNetworkOptions { NumClasses = Flowers.Length, Seed = 1 }))
        {
            DlaExporter.Export(network, new DlaModelCard { ClassNames = Flowers,
                Preprocessing = new ImagePreprocessing { ResizeShortSide = 32, CropSize = 32 } }, File("dla34.onnx"));
            Safetensors.Save(File("model_best.pth.tar"), network);
        }
        var random = new Random(1);
        foreach (var folder in (string[])["photos", .. Flowers.SelectMany(f => new[] { $"flowers/train/{f}", $"flowers/test/{f}" })])
        {
            Directory.CreateDirectory(File(folder));
            for (var i = 0; i < 10; i++) Draw(File($"{folder}/{i}.png"), random);
        }
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("dla-readme-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private string File(string name) => System.IO.Path.Combine(Path, name);

    private static void Draw(string path, Random random)
    {
        using var bitmap = new SKBitmap(48, 40);
        for (var y = 0; y < bitmap.Height; y++)
            for (var x = 0; x < bitmap.Width; x++)
                bitmap.SetPixel(x, y, new SKColor((uint)random.Next() | 0xff000000));
        using var file = System.IO.File.Create(path);
        bitmap.Encode(file, SKEncodedImageFormat.Png, 100);
    }
}
