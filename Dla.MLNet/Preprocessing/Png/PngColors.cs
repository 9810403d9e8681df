namespace Dla.MLNet;

/// <summary>Makes decoded pixels of the values of a PNG file, as Pillow has them. Alpha is dropped.</summary>
internal sealed class PngColors
{
    private readonly PngHeader _header;
    private readonly uint[] _table = new uint[256];   // the color of a gray value or index

    /// <summary>Computes the colors that one channel of up to 8 bits can name.</summary>
    public PngColors(PngHeader header, ReadOnlySpan<byte> palette)
    {
        _header = header;
        // Of a palette that is shorter than the pixels can name, the missing color i is the gray i. Pillow does the same.
        var scale = header is { ColorType: PngColorType.Gray, BitDepth: < 8 } ? 255 / ((1 << header.BitDepth) - 1) : 1;
        for (var i = 0; i < _table.Length; i++) _table[i] = Gray((byte)(i * scale));
        for (var i = 0; i < palette.Length / 3; i++) _table[i] = DecodedImage.Color(palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]);
    }

    /// <summary>Expands a row.</summary>
    /// <param name="row">The values, three channels of 16 bits in the room of four.</param>
    /// <param name="pixels">Receives the pixels.</param>
    public void Expand(ReadOnlySpan<byte> row, Span<uint> pixels)
    {
        switch (_header)
        {
            case { ColorType: PngColorType.GrayAlpha, BitDepth: 8 }:
                for (var x = 0; x < pixels.Length; x++) pixels[x] = Gray(row[2 * x]);
                break;
            case { ColorType: PngColorType.GrayAlpha }:
                for (var x = 0; x < pixels.Length; x++) pixels[x] = Gray(row[4 * x]);
                break;
            case { ColorType: PngColorType.Gray, BitDepth: 16 }:
                // Divided by 257 to the nearest. Pillow clips to 8 bits, which makes nearly all of them white.
                for (var x = 0; x < pixels.Length; x++) pixels[x] = Gray((byte)(((row[2 * x] << 8 | row[2 * x + 1]) + 128) / 257));
                break;
            case { BitDepth: 16 }:
                // Pillow too takes the high bytes.
                for (var x = 0; x < pixels.Length; x++) pixels[x] = DecodedImage.Color(row[8 * x], row[8 * x + 2], row[8 * x + 4]);
                break;
            case { BitDepth: 8 }:
                for (var x = 0; x < pixels.Length; x++) pixels[x] = _table[row[x]];
                break;
            default:
                ExpandBits(row, pixels);
                break;
        }
    }

    private void ExpandBits(ReadOnlySpan<byte> row, Span<uint> pixels)
    {
        var (bits, mask) = (_header.BitDepth, (1 << _header.BitDepth) - 1);
        for (var x = 0; x < pixels.Length; row = row[1..])
        {
            int values = row[0];
            for (var shift = 8 - bits; shift >= 0 && x < pixels.Length; shift -= bits) pixels[x++] = _table[values >> shift & mask];
        }
    }

    private static uint Gray(byte value) => 0xFF000000 | value * 0x010101u;
}
