using SkiaSharp;

namespace Dla.MLNet;

/// <summary>Pixels that are shown to people: 8-bit R, G, B, A.</summary>
internal sealed record Picture(int Width, int Height, byte[] Pixels)
{
    /// <summary>An image in another size of the same shape.</summary>
    /// <param name="image">The image; opaque.</param>
    /// <param name="longerSide">The longer side of the result in pixels.</param>
    public static Picture Resize(DecodedImage image, int longerSide)
    {
        var longer = Math.Max(image.Width, image.Height);
        var (width, height) = (Side(image.Width), Side(image.Height));
        var pixels = new byte[width * height * 4];
        if (longer == longerSide) image.Pixels.CopyTo(pixels);
        else ImageResampler.Resize(image.Pixels, image.Width, image.Height, 4, pixels, width, height, ImageInterpolation.Bilinear);
        for (var alpha = 3; alpha < pixels.Length; alpha += 4) pixels[alpha] = byte.MaxValue;   // decoders leave what they found there
        return new Picture(width, height, pixels);

        int Side(int side) => (int)Math.Max(1, Math.Round((double)side * longerSide / longer));
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
