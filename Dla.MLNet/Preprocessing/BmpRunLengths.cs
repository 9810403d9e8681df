using System.Buffers;

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
    /// <param name="fourBits">Whether a byte is two pixels.</param>
    /// <param name="topDown">Whether the first row is the topmost.</param>
    /// <param name="palette">256 colours.</param>
    /// <param name="image">Receives the pixels.</param>
    public static void Decode(ReadOnlySpan<byte> encoded, int offset, bool fourBits, bool topDown, ReadOnlySpan<uint> palette, DecodedImage image)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(image.Width * image.Height);
        try
        {
            var indices = buffer.AsSpan(0, image.Width * image.Height);
            indices.Clear();
            Unpack(encoded, offset, fourBits, image.Width, indices);
            for (var i = 0; i < image.Height; i++)
            {
                var row = indices.Slice(i * image.Width, image.Width);
                var pixels = image.Colors.Slice((topDown ? i : image.Height - 1 - i) * image.Width, image.Width);
                for (var x = 0; x < row.Length; x++) pixels[x] = palette[row[x]];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
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
