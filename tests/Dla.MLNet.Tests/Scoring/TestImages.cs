using SkiaSharp;

namespace Dla.MLNet.Tests;

/// <summary>Pictures made by a formula, as files and bytes.</summary>
internal static class TestImages
{
    /// <summary>A PNG of coloured blocks; another seed gives another picture.</summary>
    public static byte[] Png(int seed, int width = 90, int height = 70)
    {
        using var bitmap = new SKBitmap(width, height);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                var block = (uint)(x / 9 * 31 + y / 7 * 17 + seed * 101) * 2654435761;
                bitmap.SetPixel(x, y, new SKColor((byte)(block >> 24), (byte)(block >> 16), (byte)(block >> 8)));
            }
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
