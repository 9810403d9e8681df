using System.Buffers.Binary;
using System.Text;

namespace Dla.MLNet;

/// <summary>The chunks of a PNG file, checked, in the memory of the file.</summary>
internal readonly ref struct PngFile
{
    private const string Format = "PNG";
    private const int SignatureLength = 8;

    /// <summary>Bytes of a chunk around its data: length, type and checksum.</summary>
    private const int ChunkOverhead = 12;

    /// <summary>The header.</summary>
    public PngHeader Header { get; private init; }

    /// <summary>Red, green and blue of each color, of a palette image only.</summary>
    public ReadOnlySpan<byte> Palette { get; private init; }

    /// <summary>The IDAT chunks that follow each other, with their lengths, types and checksums.</summary>
    public ReadOnlySpan<byte> Pixels { get; private init; }

    /// <summary>The orientation by EXIF or XMP; upright where there is none, or none was asked for.</summary>
    public int Orientation { get; private init; }

    /// <summary>Walks through the chunks up to the end marker.</summary>
    /// <param name="encoded">The file.</param>
    /// <param name="upright">Whether to look for the orientation.</param>
    /// <param name="maxPixels">The most pixels.</param>
    /// <exception cref="ImageDecodeException">
    /// A chunk is cut off, out of place, missing, unknown though critical, or has a wrong checksum; texts inflate beyond measure.
    /// </exception>
    public static PngFile Read(ReadOnlySpan<byte> encoded, bool upright, long maxPixels)
    {
        PngHeader? header = null;
        ReadOnlySpan<byte> palette = [];
        var (hasPalette, firstPixels, endOfPixels) = (false, 0, 0);
        var texts = new PngTexts(upright);
        // A file that ends where its end marker should begin has all of its pixels: it is read, as Pillow does.
        for (var at = SignatureLength; encoded.Length - at >= ChunkOverhead - 4;)
        {
            var chunk = ChunkAt(encoded, at, out var type);
            if (firstPixels == 0) CheckType(type, at);
            var name = BinaryPrimitives.ReadUInt32BigEndian(type);
            var end = at + ChunkOverhead + chunk.Length;
            // As libpng and Pillow: an ancillary chunk after the pixels may have any checksum.
            if (firstPixels == 0 || IsCritical(type)) CheckSum(encoded[at..end], type);
            if (header is null != (name == Name("IHDR"u8)))
                throw ImageDecodeException.Corrupt(Format, header is null ? "it does not begin with a header chunk" : "it has two header chunks");
            if (header is null)
            {
                if (chunk.Length != PngHeader.Length) throw ImageDecodeException.Corrupt(Format, $"its header chunk has {chunk.Length} bytes");
                header = PngHeader.Read(chunk, maxPixels);
            }
            else if (name == Name("PLTE"u8))
            {
                if (hasPalette || firstPixels > 0)
                    throw ImageDecodeException.Corrupt(Format, hasPalette ? "it has two palettes" : "its palette follows the pixels");
                hasPalette = true;
                if (header.Value.ColorType == PngColorType.Palette) palette = CheckPalette(chunk, header.Value);
            }
            else if (name == Name("IDAT"u8))
            {
                // As Pillow, the run that comes first must hold all pixels.
                if (firstPixels == 0) (firstPixels, endOfPixels) = (at, at);
                if (at == endOfPixels) endOfPixels = end;
            }
            else if (name == Name("IEND"u8))
            {
                break;
            }
            else if (IsCritical(type))
                throw ImageDecodeException.Corrupt(Format, $"its chunk '{Encoding.Latin1.GetString(type)}' is critical and unknown");
            else texts.Read(type, chunk);
            at = end;
        }
        if (header is null || firstPixels == 0) throw ImageDecodeException.Truncated(Format);
        if (header.Value.ColorType == PngColorType.Palette && palette.IsEmpty) throw ImageDecodeException.Corrupt(Format, "it has no palette");
        return new() { Header = header.Value, Palette = palette, Pixels = encoded[firstPixels..endOfPixels], Orientation = texts.Orientation };
    }

    private static ReadOnlySpan<byte> ChunkAt(ReadOnlySpan<byte> encoded, int at, out ReadOnlySpan<byte> type)
    {
        if (encoded.Length - at < ChunkOverhead) throw ImageDecodeException.Truncated(Format);
        var length = BinaryPrimitives.ReadUInt32BigEndian(encoded[at..]);
        type = encoded.Slice(at + 4, 4);
        if (length > encoded.Length - at - ChunkOverhead) throw ImageDecodeException.Truncated(Format);
        return encoded.Slice(at + 8, (int)length);
    }

    private static void CheckType(ReadOnlySpan<byte> type, int at)
    {
        foreach (var letter in type)
        {
            if (!char.IsAsciiLetter((char)letter))
                throw ImageDecodeException.Corrupt(Format, $"no chunk begins at byte {at}: its type would be {Convert.ToHexString(type)}");
        }
    }

    private static ReadOnlySpan<byte> CheckPalette(ReadOnlySpan<byte> palette, PngHeader header)
    {
        if (palette.IsEmpty || palette.Length % 3 != 0 || palette.Length > 3 * 256)
            throw ImageDecodeException.Corrupt(Format, $"its palette has {palette.Length} bytes, expected three for each of 1 to 256 colors");
        return palette[..Math.Min(palette.Length, header.PaletteLength)];
    }

    private static bool IsCritical(ReadOnlySpan<byte> type) => (type[0] & 0x20) == 0;

    private static uint Name(ReadOnlySpan<byte> type) => BinaryPrimitives.ReadUInt32BigEndian(type);

    /// <summary>Compares a chunk's checksum, of its type and data.</summary>
    private static void CheckSum(ReadOnlySpan<byte> chunk, ReadOnlySpan<byte> type)
    {
        if (Crc32.Compute(chunk[4..^4]) != BinaryPrimitives.ReadUInt32BigEndian(chunk[^4..]))
            throw ImageDecodeException.Corrupt(Format, $"the checksum of its chunk '{Encoding.Latin1.GetString(type)}' is wrong");
    }
}
