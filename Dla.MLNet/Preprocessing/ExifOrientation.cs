using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>Reads the orientation (1 upright … 8) out of an EXIF block: a TIFF directory, tag 0x0112.</summary>
internal static class ExifOrientation
{
    /// <summary>The orientation of an image that says nothing, or nothing sensible.</summary>
    public const int Upright = 1;

    private const int Tag = 0x0112;

    /// <summary>The orientation, 1 … 8; <see langword="null"/> when the block names none.</summary>
    /// <remarks>Tolerant as Pillow is: a directory that leads nowhere says nothing, a header that is cut off is an error.</remarks>
    /// <exception cref="ImageDecodeException">The block is shorter than its header.</exception>
    public static int? Read(ReadOnlySpan<byte> exif)
    {
        if (exif.StartsWith("Exif\0\0"u8)) exif = exif[6..];
        if (exif.IsEmpty) return null;
        if (exif.Length < 8)
            throw new ImageDecodeException($"The EXIF block ends after {exif.Length} bytes, within its header of 8: " +
                "the file is truncated or corrupt. Replace it, or ask for the pixels as stored.");
        var little = exif[0] == 'I';
        if (!(exif.StartsWith("II"u8) || exif.StartsWith("MM"u8)) || Short(exif[2..], little) != 42) return null;
        var offset = Long(exif[4..], little);
        if (offset + 2L > exif.Length) return null;
        var directory = exif[(int)offset..];
        int? orientation = null;
        for (int entry = 2, left = Short(directory, little); left > 0 && entry + 12 <= directory.Length; entry += 12, left--)
        {
            var field = directory.Slice(entry, 12);
            if (Short(field, little) == Tag && Long(field[4..], little) == 1) orientation = Value(field, little);
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

    // SHORT, LONG and their signed kin; a value of another type is no orientation.
    private static int? Value(ReadOnlySpan<byte> field, bool little) => Short(field[2..], little) switch
    {
        3 or 8 => Short(field[8..], little),
        4 or 9 => (int)Long(field[8..], little),
        _ => null,
    };

    private static ushort Short(ReadOnlySpan<byte> at, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);

    private static uint Long(ReadOnlySpan<byte> at, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at);
}
