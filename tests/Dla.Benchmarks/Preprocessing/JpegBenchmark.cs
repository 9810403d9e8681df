using BenchmarkDotNet.Attributes;
using Dla.MLNet;
using SkiaSharp;

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
    public void Skia()
    {
        using var bitmap = SKBitmap.Decode(Next());
        if (bitmap is null) throw new InvalidOperationException("Skia cannot read the file.");
    }

    [Benchmark]
    public void Managed() => ImageDecoder.Decode(Next(), ImageOrientation.AsStored, ImagePreprocessor.DefaultMaxPixels).Dispose();

    private byte[] Next() => _photos[_next++ % _photos.Length];
}
