namespace Dla.MLNet;

/// <summary>The two run-length codings of BMP, read as Pillow 9.4 reads them.</summary>
/// <remarks>
/// Pillow writes one pixel after the other, so that a literal run past the end of a row goes on in the next one. Of a literal run of n 4-bit pixels it takes
/// n / 2 bytes rounded down, where the format has them rounded up, and of a jump it takes the second two bytes after the code, where the format has them first:
/// images with odd 4-bit runs or jumps come out garbled, here as there, for the sake of the same scores.
/// </remarks>
internal static class BmpRunLengths
{
    private const string Format = "BMP";

    /// <summary>Decodes all rows.</summary>
    /// <param name="encoded">The whole file: literal runs are aligned to its even bytes.</param>
    /// <param name="offset">Where the runs begin.</param>
    /// <param name="header">The header.</param>
    /// <param name="palette">256 colors.</param>
    /// <param name="sink">Receives the rows.</param>
    public static void Decode(ReadOnlySpan<byte> encoded, int offset, BmpHeader header, ReadOnlySpan<uint> palette, IPixelSink sink)
    {
        using var buffer = new LargeBuffer<byte>(header.Width * header.Height);
        using var pixels = new LargeBuffer<uint>(header.Width);
        var indices = buffer.Span;
        Unpack(encoded, offset, header.Compression == BmpHeader.RunLength4, header.Width, indices);
        sink.Begin(header.Width, header.Height, ExifOrientation.Upright);
        var colors = pixels.Span;
        for (var y = 0; y < header.Height; y++)
        {
            var row = indices.Slice((header.TopDown ? y : header.Height - 1 - y) * header.Width, header.Width);
            for (var x = 0; x < row.Length; x++) colors[x] = palette[row[x]];
            sink.Write(colors);
        }
    }

    private static void Unpack(ReadOnlySpan<byte> encoded, int at, bool fourBits, int width, Span<byte> indices)
    {
        var (written, x) = (0L, 0L);
        while (written < indices.Length)
        {
            if (at + 2 > encoded.Length) throw ImageDecodeException.Truncated(Format);
            int count = encoded[at], value = encoded[at + 1];
            at += 2;
            if (count > 0)
            {
                count = (int)Math.Clamp(width - x, 0, count);
                for (var i = 0; i < count; i++) Write(indices, written + i, !fourBits ? value : (i & 1) == 0 ? value >> 4 : value & 15);
                written += count;
                x += count;
                continue;
            }
            switch (value)
            {
                case 0:
                    written = (written + width - 1) / width * width;
                    x = 0;
                    break;
                case 1:
                    throw ImageDecodeException.Truncated(Format);   // an end of the bitmap before its last pixel
                case 2:
                    if (at + 4 > encoded.Length) throw ImageDecodeException.Truncated(Format);
                    written += encoded[at + 2] + (long)encoded[at + 3] * width;
                    x = written % width;
                    at += 4;
                    break;
                default:
                    var bytes = fourBits ? value / 2 : value;
                    if (at + bytes > encoded.Length) throw ImageDecodeException.Truncated(Format);
                    foreach (var b in encoded.Slice(at, bytes))
                    {
                        if (fourBits) Write(indices, written++, b >> 4);
                        Write(indices, written++, fourBits ? b & 15 : b);
                    }
                    x += value;
                    at += bytes;
                    at += at & 1;
                    break;
            }
        }
    }

    private static void Write(Span<byte> indices, long position, int value)
    {
        if (position < indices.Length) indices[(int)position] = (byte)value;
    }
}
