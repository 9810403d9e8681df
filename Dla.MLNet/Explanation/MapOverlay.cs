using SkiaSharp;

namespace Dla.MLNet;

/// <summary>Draws activation maps over photos.</summary>
internal static class MapOverlay
{
    /// <summary>What is left of the light outside of the crop.</summary>
    private const float Outside = 0.35f;

    /// <summary>A sink that resizes a photo to the size in which maps are drawn over it.</summary>
    public static CropSink Sink(DlaOverlayOptions options) =>
        Picture.Sink(longer => options.LongerSide ?? Math.Clamp(longer, 256, 1024));

    /// <summary>Each map over the whole photo, as a PNG file.</summary>
    /// <param name="photo">The photo, which has arrived in the sink.</param>
    /// <param name="maps">The maps.</param>
    /// <param name="preprocessing">What was done to the photo before it was explained.</param>
    /// <param name="options">How maps are drawn.</param>
    /// <param name="bgr">Whether the first byte of the photo's pixels is blue rather than red.</param>
    public static byte[][] Draw(
        CropSink photo, IReadOnlyList<DlaActivationMap> maps, ImagePreprocessing preprocessing, DlaOverlayOptions options,
        bool bgr = false)
    {
        var picture = Picture.Of(photo, bgr);
        var window = ResizedWindow.Centre(photo.Width, photo.Height, preprocessing.ResizeShortSide, preprocessing.CropSize);
        return [.. maps.Select(map => Draw(picture with { Pixels = [.. picture.Pixels] }, map, window, options))];
    }

    private static byte[] Draw(Picture picture, DlaActivationMap map, ResizedWindow window, DlaOverlayOptions options)
    {
        var strongest = options.Strongest ?? Largest(map.Values.Span);
        for (var y = 0; y < picture.Height; y++)
        {
            // Where the pixel's centre lies in the crop, which is [0, 1) × [0, 1).
            var v = ((y + 0.5) / picture.Height * window.ResizedHeight - window.Top) / window.Height;
            for (var x = 0; x < picture.Width; x++)
            {
                var u = ((x + 0.5) / picture.Width * window.ResizedWidth - window.Left) / window.Width;
                var pixel = picture.Pixels.AsSpan((y * picture.Width + x) * 4, 4);
                if (u is >= 0 and < 1 && v is >= 0 and < 1) Paint(pixel, strongest > 0 ? At(map, u, v) / strongest : 0, options.Opacity);
                else foreach (ref var value in pixel[..3]) value = (byte)(value * Outside);
            }
        }
        return picture.Encode(SKEncodedImageFormat.Png, 100);
    }

    /// <summary>The map at a point of the crop, bilinear between the centres of its cells.</summary>
    public static float At(DlaActivationMap map, double u, double v)
    {
        var (x, y) = (Math.Clamp(u * map.Width - 0.5, 0, map.Width - 1), Math.Clamp(v * map.Height - 0.5, 0, map.Height - 1));
        var (left, top) = ((int)x, (int)y);
        var (right, bottom) = (Math.Min(left + 1, map.Width - 1), Math.Min(top + 1, map.Height - 1));
        var (across, down) = ((float)(x - left), (float)(y - top));
        var values = map.Values.Span;
        float Value(int row, int column, ReadOnlySpan<float> all) => all[row * map.Width + column];
        var upper = Value(top, left, values) * (1 - across) + Value(top, right, values) * across;
        var lower = Value(bottom, left, values) * (1 - across) + Value(bottom, right, values) * across;
        return upper * (1 - down) + lower * down;
    }

    /// <summary>The stronger the map, the less of the photo is seen.</summary>
    private static void Paint(Span<byte> pixel, float strength, float opacity)
    {
        strength = Math.Clamp(strength, 0, 1);
        var share = opacity * strength;
        var (red, green, blue) = HeatColors.At(strength);
        pixel[0] = (byte)(pixel[0] * (1 - share) + red * share);
        pixel[1] = (byte)(pixel[1] * (1 - share) + green * share);
        pixel[2] = (byte)(pixel[2] * (1 - share) + blue * share);
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        var largest = 0f;
        foreach (var value in values) largest = Math.Max(largest, value);
        return largest;
    }
}
