namespace Dla.MLNet;

/// <summary>
/// BMP: 1 to 32 bits, palettes, bit masks, run lengths, bottom-up and top-down, with the numbers of Pillow where Pillow 9.4 reads them.
/// Headers of 52 and 56 bytes, 2 bits and unusual masks are read beyond it.
/// </summary>
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
        PixelLimit.Check(header.Width, header.Height, maxPixels);
        if (header.Compression is BmpHeader.RunLength8 or BmpHeader.RunLength4)
            BmpRunLengths.Decode(encoded, offset, header, palette, sink);
        else DecodeRows(encoded[offset..], header, palette, sink);
    }

    private static void ReadPalette(ref ByteReader reader, BmpHeader header, scoped Span<uint> palette)
    {
        for (var i = 0; i < palette.Length; i++) palette[i] = DecodedImage.Color(i, i, i);
        var size = header.Size == 12 ? 3 : 4;
        var colors = reader.Take(Math.Min(header.Colors * size, reader.Rest.Length));
        for (var i = 0; i < Math.Min(colors.Length / size, palette.Length); i++)
            palette[i] = DecodedImage.Color(colors[i * size + 2], colors[i * size + 1], colors[i * size]);
    }

    private static void DecodeRows(ReadOnlySpan<byte> data, BmpHeader header, ReadOnlySpan<uint> palette, IPixelSink sink)
    {
        var stride = ((long)header.Width * header.Bits + 31) / 32 * 4;
        var rowLength = ((long)header.Width * header.Bits + 7) / 8;
        if (stride * (header.Height - 1) + rowLength > data.Length) throw ImageDecodeException.Truncated(Format);
        sink.Begin(header.Width, header.Height, ExifOrientation.Upright);
        using var pixels = new LargeBuffer<uint>(header.Width);
        for (var y = 0; y < header.Height; y++)
        {
            var row = data.Slice((int)(stride * (header.TopDown ? y : header.Height - 1 - y)), (int)rowLength);
            if (header.Bits <= 8) DecodeIndices(row, header.Bits, palette, pixels.Span);
            else DecodeColors(row, header, pixels.Span);
            sink.Write(pixels.Span);
        }
    }

    private static void DecodeIndices(ReadOnlySpan<byte> row, int bits, ReadOnlySpan<uint> palette, Span<uint> pixels)
    {
        var mask = (1 << bits) - 1;
        for (var x = 0; x < pixels.Length; x++)
        {
            var bit = (long)x * bits;
            pixels[x] = palette[row[(int)(bit >> 3)] >> (8 - bits - (int)(bit & 7)) & mask];
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
        BmpMask red = new(header.Red), green = new(header.Green), blue = new(header.Blue);
        for (var x = 0; x < pixels.Length; x++, row = row[bytes..])
        {
            var value = (uint)(row[1] << 8 | row[0]);
            for (var b = 2; b < bytes; b++) value |= (uint)row[b] << (8 * b);
            pixels[x] = DecodedImage.Color(red.Of(value), green.Of(value), blue.Of(value));
        }
    }
}
