using Microsoft.ML.Data;

namespace Dla.MLNet.Tests.Preprocessing;

public sealed class ImagePreprocessorTests
{
    private static readonly ImagePreprocessing Small = new() { ResizeShortSide = 21, CropSize = 19 };   // 19 is no multiple of a vector

    private static byte[] Bmp => FormulaImage.ToBmp(FormulaImage.Make("noise", 67, 45), 67, 45);

    [Fact]
    public void Floats_are_the_normalised_bytes_channel_by_channel()
    {
        var preprocessor = new ImagePreprocessor(Small);
        var (bytes, floats) = (new byte[preprocessor.Length], new float[preprocessor.Length]);
        preprocessor.Crop(Bmp, bytes);
        preprocessor.Run(Bmp, floats);
        for (var i = 0; i < floats.Length; i++)
        {
            var (channel, pixel) = (i / (19 * 19), i % (19 * 19));
            Assert.Equal((bytes[pixel * 3 + channel] / 255f - Small.Mean[channel]) / Small.Std[channel], floats[i]);
        }
    }

    [Fact]
    public void A_network_of_one_channel_gets_gray_taken_before_the_resizing()
    {
        var rgb = FormulaImage.Make("noise", 67, 45);
        var gray = new byte[67 * 45];
        for (var i = 0; i < gray.Length; i++) gray[i] = (byte)((rgb[3 * i] * 19595 + rgb[3 * i + 1] * 38470 + rgb[3 * i + 2] * 7471 + 0x8000) >> 16);
        var preprocessor = new ImagePreprocessor(new() { ResizeShortSide = 19, CropSize = 19, Mean = [0.5f], Std = [0.25f] });
        var pixels = new byte[preprocessor.Length];
        preprocessor.Crop(Bmp, pixels);
        var resized = new byte[28 * 19];   // 19 · 67 / 45 = 28.3; of its 28 columns the crop begins at 4.5, rounded to the even 4
        ImageResampler.Resize(gray, 67, 45, 1, resized, 28, 19, ImageInterpolation.Bilinear);
        for (var y = 0; y < 19; y++) Assert.Equal(resized[(y * 28 + 4)..(y * 28 + 23)], pixels[(y * 19)..(y * 19 + 19)]);
    }

    [Theory]
    [InlineData(MLPixelFormat.Rgba32)]
    [InlineData(MLPixelFormat.Bgra32)]
    public void An_MLImage_becomes_the_pixels_of_its_file_in_either_order_of_bytes(MLPixelFormat format)
    {
        var rgb = FormulaImage.Make("noise", 67, 45);
        var pixels = new byte[67 * 45 * 4];
        for (var i = 0; i < 67 * 45; i++)
        {
            var (first, third) = format == MLPixelFormat.Rgba32 ? (0, 2) : (2, 0);
            (pixels[4 * i + first], pixels[4 * i + 1], pixels[4 * i + third], pixels[4 * i + 3]) = (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2], 255);
        }
        using var image = MLImage.CreateFromPixels(67, 45, format, pixels);
        foreach (var preprocessing in (ImagePreprocessing[])[Small, Small with { Mean = [0.5f], Std = [0.25f] }])
        {
            var preprocessor = new ImagePreprocessor(preprocessing);
            var (expected, actual) = (new float[preprocessor.Length], new float[preprocessor.Length]);
            preprocessor.Run(Bmp, expected);
            preprocessor.Run(image, actual);
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Many_threads_share_one_preprocessor()
    {
        var preprocessor = new ImagePreprocessor(Small);
        var expected = new float[preprocessor.Length];
        preprocessor.Run(Bmp, expected);
        Parallel.For(0, 64, _ =>
        {
            var actual = new float[preprocessor.Length];
            preprocessor.Run(Bmp, actual);
            Assert.Equal(expected, actual);
        });
    }

    [Theory]
    [InlineData("bmp")]
    [InlineData("jpeg")]
    public void A_second_image_takes_no_managed_memory_for_pixels(string kind)
    {
        var image = kind == "bmp" ? FormulaImage.ToBmp(FormulaImage.Make("noise", 500, 375), 500, 375) : Jpeg(500, 375);
        var preprocessor = new ImagePreprocessor(new() { ResizeShortSide = 256, CropSize = 224 });
        var pixels = new float[preprocessor.Length];
        for (var i = 0; i < 3; i++) preprocessor.Run(image, pixels);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++) preprocessor.Run(image, pixels);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20 * 256);
    }

    private static byte[] Jpeg(int width, int height)
    {
        using var bitmap = SkiaSharp.SKBitmap.Decode(FormulaImage.ToBmp(FormulaImage.Make("noise", width, height), width, height));
        return bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Jpeg, 90).ToArray();
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_named_with_the_reason()
    {
        var preprocessor = new ImagePreprocessor(Small);
        var missing = Assert.Throws<ImageDecodeException>(() => preprocessor.Run("/no/such.jpg", new float[preprocessor.Length]));
        Assert.StartsWith("'/no/such.jpg': There is no such file", missing.Message, StringComparison.Ordinal);
        var folder = Assert.Throws<ImageDecodeException>(() => preprocessor.Run(Path.GetTempPath(), new float[preprocessor.Length]));
        Assert.StartsWith($"'{Path.GetTempPath()}': The file cannot be read", folder.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_buffer_that_is_too_short_is_told_its_length()
    {
        var preprocessor = new ImagePreprocessor(Small);
        var error = Assert.Throws<ArgumentException>(() => preprocessor.Run(Bmp, new float[preprocessor.Length - 1]));
        Assert.Contains("3 × 19 × 19 = 1083", error.Message, StringComparison.Ordinal);
    }
}
