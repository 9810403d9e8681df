using System.Runtime.InteropServices;
using SkiaSharp;

namespace Dla.MLNet;

/// <summary>Pixels that are shown to people: 8-bit R, G, B, A.</summary>
internal sealed record Picture(int Width, int Height, byte[] Pixels)
{
    /// <summary>A sink that resizes an image, in its own shape, while its rows arrive.</summary>
    /// <param name="longerSide">Gives the longer side of the result in pixels for the longer side of the image.</param>
    public static CropSink Sink(Func<int, int> longerSide)
    {
        return CropSink.Rent(Plan, ImageInterpolation.Bilinear);

        CropPlan Plan(int width, int height)
        {
            var longer = Math.Max(width, height);
            var resized = longerSide(longer);
            return CropPlan.Of(width, height, ResizedWindow.Whole(Side(width), Side(height)));

            int Side(int side) => (int)Math.Max(1, Math.Round((double)side * resized / longer));
        }
    }

    /// <summary>The image that has arrived in a sink.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="bgr">Whether the first byte of a pixel is blue rather than red.</param>
    public static Picture Of(CropSink sink, bool bgr = false)
    {
        var pixels = new byte[sink.Crop.Length * 4];
        var colors = MemoryMarshal.Cast<byte, uint>(pixels.AsSpan());
        sink.Crop.CopyTo(colors);
        foreach (ref var color in colors) color |= 0xFF000000;   // decoders leave what they found there
        for (var at = 0; bgr && at < pixels.Length; at += 4)
            (pixels[at], pixels[at + 2]) = (pixels[at + 2], pixels[at]);
        return new(sink.Window.Width, sink.Window.Height, pixels);
    }

    /// <summary>The bytes of an image file.</summary>
    public unsafe byte[] Encode(SKEncodedImageFormat format, int quality)
    {
        fixed (byte* pixels = Pixels)
        {
            using var image = SKImage.FromPixels(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque), (nint)pixels);
            using var data = image.Encode(format, quality);
            return data.ToArray();
        }
    }
}
