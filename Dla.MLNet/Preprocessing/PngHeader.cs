using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Dla.MLNet;

/// <summary>What the chunks of a PNG file say apart from the pixels.</summary>
/// <param name="BitDepth">Bits of a channel or of a palette index.</param>
/// <param name="ColorType">The number of the standard: <see cref="Gray"/>, <see cref="Palette"/>, …</param>
/// <param name="PaletteOffset">Where the palette's colours begin in the file.</param>
/// <param name="PaletteLength">Bytes of the palette; 0 where there is none.</param>
/// <param name="Orientation">The orientation by EXIF or XMP, if any.</param>
internal readonly record struct PngHeader(int BitDepth, int ColorType, int PaletteOffset, int PaletteLength, int? Orientation)
{
    public const int Gray = 0;
    public const int Palette = 3;

    private const string Format = "PNG";

    /// <summary>Pillow's limit for a compressed text or profile: more than this is taken for a decompression bomb.</summary>
    private const int MaxInflated = 1 << 20;

    /// <summary>Pillow's limit for all texts and profiles of a file.</summary>
    private const int MaxTexts = 64 << 20;

    /// <summary>Walks through the chunks.</summary>
    /// <param name="encoded">The file.</param>
    /// <param name="orientation">Whether to look for the orientation.</param>
    /// <exception cref="ImageDecodeException">A chunk is cut off, has a wrong checksum before the pixels, or inflates beyond measure.</exception>
    public static PngHeader Read(ReadOnlySpan<byte> encoded, bool orientation)
    {
        if (encoded.Length < 33 || !encoded[8..].StartsWith("\0\0\0\rIHDR"u8))
            throw ImageDecodeException.Corrupt(Format, "it does not begin with a header chunk");
        if (encoded[24] is not (1 or 2 or 4 or 8 or 16)) throw ImageDecodeException.Corrupt(Format, $"its channels have {encoded[24]} bits");
        var header = new PngHeader(encoded[24], encoded[25], 0, 0, null);
        CheckSum(encoded, 8, 13);
        int? exif = null, rawProfile = null, xmp = null;
        var (texts, beforePixels) = (0L, true);
        for (var at = 33; at + 8 <= encoded.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(encoded[at..]);
            var type = encoded.Slice(at + 4, 4);
            if (type.SequenceEqual("IEND"u8)) break;
            if (length + 4L > encoded.Length - at - 8) throw ImageDecodeException.Truncated(Format);
            var chunk = encoded.Slice(at + 8, (int)length);
            beforePixels &= !type.SequenceEqual("IDAT"u8);
            if (beforePixels) CheckSum(encoded, at, chunk.Length);   // libpng looks at the pixels' own
            if (type.SequenceEqual("PLTE"u8)) header = header with { PaletteOffset = at + 8, PaletteLength = chunk.Length };
            else if (orientation && type.SequenceEqual("eXIf"u8)) exif = ExifOrientation.Read(chunk);
            else if (type.SequenceEqual("iCCP"u8)) texts += Profile(AfterKey(chunk, out _)).Length;
            else if (type.SequenceEqual("tEXt"u8) || type.SequenceEqual("zTXt"u8) || type.SequenceEqual("iTXt"u8))
            {
                var text = Text(type[0], chunk, out var key);
                texts += text.Length;
                if (orientation && key.SequenceEqual("Raw profile type exif"u8)) rawProfile = ReadRawProfile(text);
                else if (orientation && key.SequenceEqual("XML:com.adobe.xmp"u8)) xmp = ExifOrientation.ReadXmp(text);
            }
            if (texts > MaxTexts) throw ImageDecodeException.Corrupt(Format, $"its texts and profiles have more than {MaxTexts} bytes: a decompression bomb");
            at += 12 + chunk.Length;
        }
        return header with { Orientation = exif ?? rawProfile ?? xmp };
    }

    private static ReadOnlySpan<byte> Text(byte kind, ReadOnlySpan<byte> chunk, out ReadOnlySpan<byte> key)
    {
        var rest = AfterKey(chunk, out key);
        if (kind == 't') return rest;
        if (kind == 'z') return rest.IsEmpty ? [] : Inflate(rest[0], rest[1..]);
        // iTXt: compressed?, method, language \0, translated key \0, text
        if (rest.Length < 2) return [];
        var text = AfterKey(AfterKey(rest[2..], out _), out _);
        if (rest[0] == 0) return text;
        return rest[1] == 0 ? Inflate(0, text) : [];   // of an unknown method: Pillow passes over it here, and refuses it in the other chunks
    }

    private static ReadOnlySpan<byte> Profile(ReadOnlySpan<byte> profile) => profile.IsEmpty ? [] : Inflate(profile[0], profile[1..]);

    /// <summary>Compares a chunk's checksum, of its type and data, with those.</summary>
    private static void CheckSum(ReadOnlySpan<byte> encoded, int at, int length)
    {
        var data = encoded.Slice(at + 4, 4 + length);
        if (Crc32.Compute(data) != BinaryPrimitives.ReadUInt32BigEndian(encoded[(at + 8 + length)..]))
            throw ImageDecodeException.Corrupt(Format, $"the checksum of its chunk '{Encoding.Latin1.GetString(data[..4])}' is wrong");
    }

    private static ReadOnlySpan<byte> AfterKey(ReadOnlySpan<byte> chunk, out ReadOnlySpan<byte> key)
    {
        var end = chunk.IndexOf((byte)0);
        key = end < 0 ? chunk : chunk[..end];
        return end < 0 ? [] : chunk[(end + 1)..];
    }

    /// <summary>Inflates a compressed text or profile; what is damaged inflates to nothing, as it is of no influence on the pixels.</summary>
    private static byte[] Inflate(byte method, ReadOnlySpan<byte> compressed)
    {
        if (method != 0) throw ImageDecodeException.Corrupt(Format, $"a text or profile has the unknown compression method {method}");
        using var zlib = new ZLibStream(new MemoryStream(compressed.ToArray()), CompressionMode.Decompress);
        using var inflated = new MemoryStream();
        try
        {
            var buffer = new byte[8192];
            for (int read; (read = zlib.Read(buffer)) > 0;)
            {
                inflated.Write(buffer, 0, read);
                if (inflated.Length > MaxInflated)
                    throw ImageDecodeException.Corrupt(Format, $"a text or profile inflates to more than {MaxInflated} bytes: a decompression bomb");
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return [];
        }
        return inflated.ToArray();
    }

    /// <summary>ImageMagick's EXIF in a text: three lines, then hexadecimal digits in lines.</summary>
    private static int? ReadRawProfile(ReadOnlySpan<byte> text)
    {
        for (var line = 0; line < 3; line++)
        {
            var end = text.IndexOf((byte)'\n');
            if (end < 0) return null;
            text = text[(end + 1)..];
        }
        var digits = new List<char>(text.Length);
        foreach (var c in text)
        {
            if (c is not ((byte)'\n' or (byte)' ')) digits.Add((char)c);
        }
        return digits.Count % 2 == 0 && digits.TrueForAll(char.IsAsciiHexDigit) ? ExifOrientation.Read(Convert.FromHexString([.. digits])) : null;
    }
}
