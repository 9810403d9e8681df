using Dla.MLNet;

namespace Dla.Finetune;

/// <summary>The operations of augmentation policies on 8-bit RGB, with the results of torchvision on Pillow.</summary>
internal static class ImageOperations
{
    /// <summary>Applies an operation.</summary>
    /// <param name="operation">What is done.</param>
    /// <param name="magnitude">
    /// Its strength, in the units of torchvision's tables: shear as a tangent, pixels, degrees, one less than the factor, bits, threshold.
    /// </param>
    /// <param name="pixels">height · width · 3 bytes, changed in place.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    public static void Apply(ImageOperation operation, float magnitude, Span<byte> pixels, int width, int height)
    {
        switch (operation)
        {
            case ImageOperation.Identity: return;
            case ImageOperation.Brightness: Brightness(pixels, 1 + (double)magnitude); return;
            case ImageOperation.Color: Saturation(pixels, 1 + (double)magnitude); return;
            case ImageOperation.Contrast: Contrast(pixels, 1 + (double)magnitude); return;
            case ImageOperation.Posterize: PointOperations.Posterize(pixels, (int)magnitude); return;
            case ImageOperation.Solarize: PointOperations.Solarize(pixels, magnitude); return;
            case ImageOperation.AutoContrast: PointOperations.AutoContrast(pixels); return;
            case ImageOperation.Equalize: PointOperations.Equalize(pixels); return;
        }
        using var copy = new LargeBuffer<byte>(pixels.Length, clear: false);
        pixels.CopyTo(copy.Span);
        ReadOnlySpan<byte> source = copy.Span;
        switch (operation)
        {
            case ImageOperation.ShearX: AffineWarp.ShearX(source, pixels, width, height, magnitude); return;
            case ImageOperation.ShearY: AffineWarp.ShearY(source, pixels, width, height, magnitude); return;
            case ImageOperation.TranslateX: AffineWarp.Translate(source, pixels, width, height, (int)magnitude, 0); return;
            case ImageOperation.TranslateY: AffineWarp.Translate(source, pixels, width, height, 0, (int)magnitude); return;
            case ImageOperation.Rotate: AffineWarp.Rotate(source, pixels, width, height, magnitude); return;
            case ImageOperation.Sharpness: Sharpness(source, pixels, width, height, 1 + (double)magnitude); return;
            default: throw new ArgumentException($"{operation} is not an {nameof(ImageOperation)}.", nameof(operation));
        }
    }

    /// <summary>Pillow's gray of a pixel.</summary>
    private static byte Gray(ReadOnlySpan<byte> rgb) => (byte)((rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16);

    private static void Brightness(Span<byte> pixels, double factor)
    {
        foreach (ref var value in pixels) value = Blend(0, value, (float)factor);
    }

    private static void Saturation(Span<byte> pixels, double factor)
    {
        for (var i = 0; i < pixels.Length; i += 3)
        {
            var gray = Gray(pixels[i..]);
            for (var c = i; c < i + 3; c++) pixels[c] = Blend(gray, pixels[c], (float)factor);
        }
    }

    private static void Contrast(Span<byte> pixels, double factor)
    {
        long sum = 0;
        for (var i = 0; i < pixels.Length; i += 3) sum += Gray(pixels[i..]);
        var mean = (byte)((double)sum / (pixels.Length / 3) + 0.5);
        foreach (ref var value in pixels) value = Blend(mean, value, (float)factor);
    }

    /// <summary>Away from, or towards, the image smoothed by 1 1 1 / 1 5 1 / 1 1 1; the edge pixels are not smoothed.</summary>
    private static void Sharpness(ReadOnlySpan<byte> source, Span<byte> pixels, int width, int height, double factor)
    {
        const float side = 1f / 13, centre = 5f / 13;
        var stride = 3 * width;
        for (var y = 1; y < height - 1; y++)
        {
            for (var i = y * stride + 3; i < (y + 1) * stride - 3; i++)
            {
                var sum = 0.5f;
                sum += source[i + stride - 3] * side + source[i + stride] * side + source[i + stride + 3] * side;
                sum += source[i - 3] * side + source[i] * centre + source[i + 3] * side;
                sum += source[i - stride - 3] * side + source[i - stride] * side + source[i - stride + 3] * side;
                pixels[i] = Blend(Clip(sum), source[i], (float)factor);
            }
        }
    }

    /// <summary>Pillow's <c>Image.blend</c>: from <paramref name="from"/> at 0 to <paramref name="to"/> at 1, and beyond.</summary>
    private static byte Blend(byte from, byte to, float factor)
    {
        if (factor == 1) return to;
        var value = from + factor * (to - from);
        return factor is >= 0 and <= 1 ? (byte)value : Clip(value);
    }

    private static byte Clip(float value) => value <= 0 ? (byte)0 : value >= 255 ? (byte)255 : (byte)value;
}
