using Dla.MLNet;
using Dla.Models;

namespace Dla.Export.Tests;

/// <summary>dla46_c for 64×64 pixels and ten classes, exported once.</summary>
public sealed class CompactModel : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static ImagePreprocessing Preprocessing { get; } = new() { ResizeShortSide = 64, CropSize = 64 };

    public CompactModel() => Path = Export(DlaVariant.Dla46C, _folder.File("dla46_c.onnx"));

    public string Path { get; }

    public static string Export(DlaVariant variant, string path, DlaExportOptions? options = null, int classes = 10)
    {
        using var network = new DlaNetwork(variant, new DlaNetworkOptions { NumClasses = classes });
        var card = new DlaModelCard { Variant = variant.Name, Preprocessing = Preprocessing,
            ClassNames = [.. Enumerable.Range(0, classes).Select(i => $"class {i}")] };
        return DlaExporter.Export(network, card, path, options).Path;
    }

    public void Dispose() => _folder.Dispose();
}
