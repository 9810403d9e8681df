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

    /// <summary>The JPEG file with an EXIF segment that says how its picture is turned.</summary>
    /// <param name="jpeg">A file without one.</param>
    /// <param name="orientation">EXIF's number, 1 to 8.</param>
    public static byte[] WithOrientation(byte[] jpeg, byte orientation) =>
        [.. jpeg[..2], 0xFF, 0xE1, 0, 34, .. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0, .. jpeg[2..]];
}
