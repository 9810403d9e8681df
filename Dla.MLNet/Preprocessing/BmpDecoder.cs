using System.Numerics;

namespace Dla.MLNet;

/// <summary>BMP: 1 to 32 bits, palettes, bit masks, run lengths, bottom-up and top-down, with the numbers of Pillow.</summary>
internal static class BmpDecoder
{
    private const string Format = "BMP";

    /// <summary>Decodes a BMP file.</summary>
    public static void Decode(ReadOnlySpan<byte> encoded, long maxPixels, IPixelSink sink)
    {
        var reader = new ByteReader(encoded, Format);
        reader.Skip(10);
        var offset = reader.Int();
        var header = BmpHeader.Read(ref reader);
        Span<uint> palette = stackalloc uint[256];
        if (header.Bits <= 8)
        {
            if (offset == 14 + header.Size) offset += 4 * Math.Min(header.Colors, 1 << 16);   // some writers forget the palette
            ReadPalette(ref reader, header, palette);
        }
        if (offset == 0) offset = reader.Position;
        if (offset < 0 || offset > encoded.Length) throw ImageDecodeException.Truncated(Format);
        using var image = DecodedImage.Rent(header.Width, header.Height, maxPixels);
        if (header.Compression is BmpHeader.RunLength8 or BmpHeader.RunLength4)
            BmpRunLengths.Decode(encoded, offset, header.Compression == BmpHeader.RunLength4, header.TopDown, palette, image);
        else DecodeRows(encoded[offset..], header, palette, image);
        image.CopyTo(ExifOrientation.Upright, sink);
    }

    private static void ReadPalette(ref ByteReader reader, BmpHeader header, scoped Span<uint> palette)
    {
        for (var i = 0; i < palette.Length; i++) palette[i] = DecodedImage.Color(i, i, i);
        var size = header.Size == 12 ? 3 : 4;
        var colors = reader.Take(Math.Min(header.Colors * size, reader.Rest.Length));
        for (var i = 0; i < Math.Min(colors.Length / size, palette.Length); i++)
            palette[i] = DecodedImage.Color(colors[i * size + 2], colors[i * size + 1], colors[i * size]);
    }

    private static void DecodeRows(ReadOnlySpan<byte> data, BmpHeader header, ReadOnlySpan<uint> palette, DecodedImage image)
    {
        var stride = ((long)header.Width * header.Bits + 31) / 32 * 4;
        var rowLength = (int)(((long)header.Width * header.Bits + 7) / 8);
        if (stride * (header.Height - 1) + rowLength > data.Length) throw ImageDecodeException.Truncated(Format);
        for (var i = 0; i < header.Height; i++)
        {
            var row = data.Slice((int)(stride * i), rowLength);
            var pixels = image.Colors.Slice((header.TopDown ? i : header.Height - 1 - i) * header.Width, header.Width);
            if (header.Bits <= 8) DecodeIndices(row, header.Bits, palette, pixels);
            else DecodeColors(row, header, pixels);
        }
    }

    private static void DecodeIndices(ReadOnlySpan<byte> row, int bits, ReadOnlySpan<uint> palette, Span<uint> pixels)
    {
        var mask = (1 << bits) - 1;
        for (var x = 0; x < pixels.Length; x++)
        {
            var bit = x * bits;
            pixels[x] = palette[row[bit >> 3] >> (8 - bits - (bit & 7)) & mask];
        }
    }

    private static void DecodeColors(ReadOnlySpan<byte> row, BmpHeader header, Span<uint> pixels)
    {
        var bytes = header.Bits / 8;
        if (bytes >= 3 && header is { Red: 0xFF0000, Green: 0xFF00, Blue: 0xFF })
        {
            for (var x = 0; x < pixels.Length; x++, row = row[bytes..]) pixels[x] = DecodedImage.Color(row[2], row[1], row[0]);
            return;
        }
        for (var x = 0; x < pixels.Length; x++)
        {
            uint value = 0;
            for (var b = 0; b < bytes; b++) value |= (uint)row[x * bytes + b] << (8 * b);
            pixels[x] = DecodedImage.Color(Channel(value, header.Red), Channel(value, header.Green), Channel(value, header.Blue));
        }
    }

    /// <summary>The bits under a mask, scaled to 0 … 255 and rounded down.</summary>
    private static int Channel(uint value, uint mask)
    {
        if (mask == 0) return 0;
        var shift = BitOperations.TrailingZeroCount(mask);
        return (int)((ulong)((value & mask) >> shift) * 255 / (mask >> shift));
    }
}
