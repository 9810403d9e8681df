using BenchmarkDotNet.Attributes;
using Dla.MLNet;

namespace Dla.Benchmarks;

/// <summary>What decoding a JPEG photo to RGBA costs, here and with Skia: the mean of the photos, of quality 90, their chroma halved both ways.</summary>
[MemoryDiagnoser]
public class JpegBenchmark
{
    private byte[][] _photos = [];
    private int _next;

    [Params("500x375", "299x299")]
    public string Size { get; set; } = "";

    [GlobalSetup]
    public void Encode()
    {
        var (width, height) = Size.Split('x') is [var w, var h] ? (int.Parse(w, null), int.Parse(h, null)) : default;
        using var photos = new BenchmarkPhotos(width, height);
        _photos = [.. photos.Files.Select(File.ReadAllBytes)];
    }

    [Benchmark(Baseline = true)]
    public void Skia() => SkiaDecoder.Decode(Next(), "JPEG", ImagePreprocessor.DefaultMaxPixels).Dispose();

    [Benchmark]
    public void Managed()
    {
        if (!ManagedJpegDecoder.TryDecode(Next(), ImagePreprocessor.DefaultMaxPixels, out var image))
            throw new InvalidOperationException("The file was left to Skia.");
        image.Dispose();
    }

    private byte[] Next() => _photos[_next++ % _photos.Length];
}
