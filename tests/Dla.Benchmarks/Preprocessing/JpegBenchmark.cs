using BenchmarkDotNet.Attributes;
using Dla.MLNet;
using SkiaSharp;

namespace Dla.Benchmarks;

/// <summary>What decoding a JPEG file to RGBA costs, here and with Skia. The file is of quality 90, its chroma halved both ways.</summary>
[MemoryDiagnoser]
public class JpegBenchmark
{
    private byte[] _jpeg = [];

    [Params("500x375", "299x299")]
    public string Size { get; set; } = "";

    [GlobalSetup]
    public void Draw()
    {
        var (width, height) = Size.Split('x') is [var w, var h] ? (int.Parse(w, null), int.Parse(h, null)) : default;
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888));
        using (var canvas = new SKCanvas(bitmap))
        using (var paint = new SKPaint { Shader = SKShader.CreatePerlinNoiseTurbulence(0.02f, 0.03f, 4, 1) })
            canvas.DrawPaint(paint);
        _jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90).ToArray();
    }

    [Benchmark(Baseline = true)]
    public void Skia() => SkiaDecoder.Decode(_jpeg, "JPEG", ImagePreprocessor.DefaultMaxPixels).Dispose();

    [Benchmark]
    public void Managed()
    {
        if (!ManagedJpegDecoder.TryDecode(_jpeg, ImagePreprocessor.DefaultMaxPixels, out var image)) throw new InvalidOperationException("The file was left to Skia.");
        image.Dispose();
    }
}
