using BenchmarkDotNet.Attributes;
using Dla.MLNet;
using SkiaSharp;

namespace Dla.Benchmarks;

/// <summary>What an image costs before the network sees it.</summary>
[MemoryDiagnoser]
public class PreprocessBenchmark
{
    private readonly ImagePreprocessor _preprocessor = new(new ImagePreprocessing());
    private readonly byte[] _resized = new byte[224 * 4];
    private float[] _pixels = [];
    private byte[] _jpeg = [], _rgba = [];
    private int _width, _height;

    [Params("500x375", "4000x3000")]
    public string Size { get; set; } = "";

    [GlobalSetup]
    public void Draw()
    {
        (_width, _height) = Size.Split('x') is [var w, var h] ? (int.Parse(w, null), int.Parse(h, null)) : default;
        using var bitmap = new SKBitmap(new SKImageInfo(_width, _height, SKColorType.Rgba8888));
        using (var canvas = new SKCanvas(bitmap))
        using (var paint = new SKPaint { Shader = SKShader.CreatePerlinNoiseTurbulence(0.02f, 0.03f, 4, 1) })
            canvas.DrawPaint(paint);
        _rgba = bitmap.Bytes;
        _jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90).ToArray();
        _pixels = new float[_preprocessor.Length];
    }

    /// <summary>A JPEG file's bytes → 3 × 224 × 224 floats.</summary>
    [Benchmark]
    public void DecodeResizeNormalise() => _preprocessor.Run(_jpeg, _pixels);

    /// <summary>Decoded RGBA → the 224 × 224 pixels of the crop.</summary>
    [Benchmark]
    public void ResizeAndCrop()
    {
        var resampler = WindowResampler.Rent();
        resampler.Prepare(_width, _height, 4, ResizedWindow.Centre(_width, _height, 256, 224), ImageInterpolation.Bilinear);
        for (var y = 0; y < 224; y++) resampler.ReadRow(_rgba, _width * 4, y, _resized);
        WindowResampler.Return(resampler);
    }
}
