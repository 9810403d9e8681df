namespace Dla.MLNet;

/// <summary>Pillow's <c>convert("L")</c>: (19595 R + 38470 G + 7471 B + 32768) / 65536.</summary>
internal static class GrayPixels
{
    /// <summary>Makes pixels gray.</summary>
    /// <param name="colors">One pixel each.</param>
    /// <param name="bgr">Whether the first byte of a pixel is blue rather than red.</param>
    /// <param name="grays">Receives as many pixels.</param>
    public static void Convert(ReadOnlySpan<uint> colors, bool bgr, Span<uint> grays)
    {
        var (red, blue) = bgr ? (7471u, 19595u) : (19595u, 7471u);
        for (var x = 0; x < colors.Length; x++)
        {
            var color = colors[x];
            var gray = ((color & 255) * red + (color >> 8 & 255) * 38470 + (color >> 16 & 255) * blue + 0x8000) >> 16;
            grays[x] = DecodedImage.Color((int)gray, (int)gray, (int)gray);
        }
    }
}
