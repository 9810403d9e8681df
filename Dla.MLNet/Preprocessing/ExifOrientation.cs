using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>Reads the orientation (1 upright … 8) out of an EXIF block: a TIFF directory, tag 0x0112.</summary>
internal static class ExifOrientation
{
    /// <summary>The orientation of an image that says nothing, or nothing sensible.</summary>
    public const int Upright = 1;

    private const int Tag = 0x0112;
    private const int HeaderLength = 8, EntryLength = 12;

    /// <summary>The orientation of a block that may begin with <c>Exif\0\0</c>, as in JPEG and WebP files.</summary>
    /// <inheritdoc cref="ReadTiff"/>
    public static int? Read(ReadOnlySpan<byte> exif) => ReadTiff(exif.StartsWith("Exif\0\0"u8) ? exif[6..] : exif);

    /// <summary>The orientation, 1 … 8, of a block that begins with the TIFF header, as in PNG files.</summary>
    /// <returns>
    /// <see langword="null"/> when the block has no such tag, <see cref="Upright"/> when its value is none.
    /// </returns>
    /// <remarks>
    /// As Pillow 9.4 reads it: the last of several tags counts, and the first of several values, of any type of number.
    /// The first entry whose data are outside the block ends the directory. A block that is no TIFF directory says nothing,
    /// nor does a stub of less than four bytes.
    /// </remarks>
    /// <exception cref="ImageDecodeException">The block begins as a TIFF header and ends within it.</exception>
    public static int? ReadTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 4 || !IsTiff(tiff)) return null;
        if (tiff.Length < HeaderLength)
        {
            throw new ImageDecodeException($"The EXIF block ends after {tiff.Length} bytes, within its header of {HeaderLength}: " +
                "the file is truncated or corrupt. Replace it, or ask for the pixels as stored.");
        }
        var little = tiff[0] == 'I';
        var offset = Long(tiff[4..], little);
        if (offset + 2L > tiff.Length) return null;
        var directory = tiff[(int)offset..];
        int? orientation = null;
        for (int at = 2, left = Short(directory, little); left > 0 && at + EntryLength <= directory.Length; at += EntryLength, left--)
        {
            var entry = directory.Slice(at, EntryLength);
            var (type, length) = (Short(entry[2..], little), SizeOf(Short(entry[2..], little)) * (long)Long(entry[4..], little));
            if (length == 0) continue;   // no values, or of an unknown type
            var data = entry[8..];
            if (length > 4)
            {
                var from = Long(data, little);
                if (from + length > tiff.Length) break;
                data = tiff[(int)from..];
            }
            if (Short(entry, little) == Tag) orientation = Value(data, type, little);
        }
        return orientation;
    }

    /// <summary>
    /// The orientation in XMP (<c>tiff:Orientation="6"</c> or <c>&lt;tiff:Orientation&gt;6</c>), which Pillow heeds in PNG files without EXIF.
    /// </summary>
    public static int? ReadXmp(ReadOnlySpan<byte> xmp)
    {
        var name = "tiff:Orientation"u8;
        for (var at = xmp.IndexOf(name); at >= 0; at = xmp.IndexOf(name))
        {
            xmp = xmp[(at + name.Length)..];
            var digit = xmp.StartsWith("=\""u8) ? 2 : xmp.StartsWith(">"u8) ? 1 : xmp.Length;
            if (digit < xmp.Length && char.IsAsciiDigit((char)xmp[digit])) return xmp[digit] - '0';
        }
        return null;
    }

    /// <summary>The headers that Pillow knows: 42 in either order of bytes, and 43 of big-endian files.</summary>
    private static bool IsTiff(ReadOnlySpan<byte> header) => header[..4] is
        [(byte)'M', (byte)'M', 0, 42 or 43] or [(byte)'M', (byte)'M', 42, 0] or [(byte)'I', (byte)'I', 42, 0] or [(byte)'I', (byte)'I', 0, 42];

    /// <summary>Bytes of a value of a type of TIFF; 0 for types that are not known.</summary>
    private static int SizeOf(int type) => type switch
    {
        1 or 2 or 6 or 7 => 1,
        3 or 8 => 2,
        4 or 9 or 11 or 13 => 4,
        5 or 10 or 12 or 16 => 8,
        _ => 0,
    };

    /// <summary>The first value; bytes and texts are no numbers.</summary>
    private static int Value(ReadOnlySpan<byte> data, int type, bool little) => type switch
    {
        3 or 8 => Whole(Short(data, little)),
        4 or 9 or 13 => Whole((int)Long(data, little)),
        5 => Ratio(Long(data, little), Long(data[4..], little)),
        6 => Whole((sbyte)data[0]),
        10 => Ratio((int)Long(data, little), (int)Long(data[4..], little)),
        11 => Whole(little ? BinaryPrimitives.ReadSingleLittleEndian(data) : BinaryPrimitives.ReadSingleBigEndian(data)),
        12 => Whole(little ? BinaryPrimitives.ReadDoubleLittleEndian(data) : BinaryPrimitives.ReadDoubleBigEndian(data)),
        16 => Whole(little ? BinaryPrimitives.ReadUInt64LittleEndian(data) : BinaryPrimitives.ReadUInt64BigEndian(data)),
        _ => Upright,
    };

    private static int Ratio(long numerator, long denominator) =>
        denominator != 0 && numerator % denominator == 0 ? Whole(numerator / denominator) : Upright;

    /// <summary>A number that is an orientation.</summary>
    private static int Whole(double number) => number is 1 or 2 or 3 or 4 or 5 or 6 or 7 or 8 ? (int)number : Upright;

    private static ushort Short(ReadOnlySpan<byte> at, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);

    private static uint Long(ReadOnlySpan<byte> at, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at);
}
