using System.IO.Compression;

namespace Dla.MLNet;

/// <summary>The texts, profiles and EXIF blocks of a PNG file: the orientation in them, and a limit of what they inflate to.</summary>
internal ref struct PngTexts(bool upright)
{
    private const string Format = "PNG";

    /// <summary>Pillow's limit for a compressed text or profile: more than this is taken for a decompression bomb.</summary>
    private const int MaxInflated = 1 << 20;

    /// <summary>Pillow's limit for all texts of a file. Here also profiles count, and what inflates before it turns out to be damaged.</summary>
    private const int MaxTexts = 64 << 20;

    private bool _hasExif;
    private int? _exif;
    private int? _rawProfile;
    private int? _xmp;
    private long _length;

    /// <summary>The orientation by the last EXIF chunk, else by the last EXIF text, else by XMP, as Pillow has it.</summary>
    public readonly int Orientation => (_hasExif ? _exif : _rawProfile) ?? _xmp ?? ExifOrientation.Upright;

    /// <summary>Reads a chunk; other types than texts, profiles and EXIF are passed over.</summary>
    /// <exception cref="ImageDecodeException">It inflates beyond measure, or is a text of an unknown compression method.</exception>
    public void Read(ReadOnlySpan<byte> type, ReadOnlySpan<byte> chunk)
    {
        if (type.SequenceEqual("eXIf"u8))
        {
            if (upright) (_hasExif, _exif) = (true, ExifOrientation.ReadTiff(chunk));
            return;
        }
        var rest = AfterKey(chunk, out var key);
        if (type.SequenceEqual("iCCP"u8)) Inflate(rest.IsEmpty ? [] : rest[1..], keep: false);   // of any method, as libpng and Pillow
        else if (type.SequenceEqual("tEXt"u8)) ReadText(key, rest);
        else if (type.SequenceEqual("zTXt"u8)) ReadCompressed(key, rest);
        else if (type.SequenceEqual("iTXt"u8)) ReadInternational(key, rest);
    }

    private void ReadCompressed(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty) return;
        if (rest[0] != 0) throw ImageDecodeException.Corrupt(Format, $"a text has the unknown compression method {rest[0]}");
        ReadText(key, Inflate(rest[1..], IsWanted(key)), counted: true);
    }

    /// <summary>Compressed or not, method, language \0, translated key \0, text. One of an unknown method is passed over, as in Pillow.</summary>
    private void ReadInternational(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 2) return;
        var text = AfterKey(AfterKey(rest[2..], out _), out _);
        if (rest[0] == 0) ReadText(key, text);
        else if (rest[1] == 0) ReadText(key, Inflate(text, IsWanted(key)), counted: true);
    }

    private void ReadText(ReadOnlySpan<byte> key, ReadOnlySpan<byte> text, bool counted = false)
    {
        if (!counted) Count(text.Length);
        if (!IsWanted(key)) return;
        if (key.SequenceEqual(ExifKey)) _rawProfile = ReadRawProfile(text);
        else _xmp = ExifOrientation.ReadXmp(text);
    }

    private static ReadOnlySpan<byte> ExifKey => "Raw profile type exif"u8;

    private readonly bool IsWanted(ReadOnlySpan<byte> key) => upright && (key.SequenceEqual(ExifKey) || key.SequenceEqual("XML:com.adobe.xmp"u8));

    private void Count(int length)
    {
        _length += length;
        if (_length > MaxTexts) throw ImageDecodeException.Corrupt(Format, $"its texts and profiles have more than {MaxTexts} bytes: a decompression bomb");
    }

    private static ReadOnlySpan<byte> AfterKey(ReadOnlySpan<byte> chunk, out ReadOnlySpan<byte> key)
    {
        var end = chunk.IndexOf((byte)0);
        key = end < 0 ? chunk : chunk[..end];
        return end < 0 ? [] : chunk[(end + 1)..];
    }

    /// <summary>Inflates a text or profile. A damaged one inflates to nothing: it has no influence on the pixels.</summary>
    private unsafe byte[] Inflate(ReadOnlySpan<byte> compressed, bool keep)
    {
        if (compressed.IsEmpty) return [];
        fixed (byte* bytes = compressed)
        {
            using var zlib = new ZLibStream(new UnmanagedMemoryStream(bytes, compressed.Length), CompressionMode.Decompress);
            using var inflated = new MemoryStream();
            var buffer = new byte[8192];
            var length = 0;
            try
            {
                for (int read; (read = zlib.Read(buffer)) > 0;)
                {
                    Count(read);
                    length += read;
                    if (length > MaxInflated)
                        throw ImageDecodeException.Corrupt(Format, $"a text or profile inflates to more than {MaxInflated} bytes: a decompression bomb");
                    if (keep) inflated.Write(buffer, 0, read);
                }
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                return [];
            }
            return inflated.ToArray();
        }
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
        var block = new byte[text.Length / 2];
        var digits = 0;
        foreach (var c in text)
        {
            if (c is (byte)'\n' or (byte)' ') continue;
            if (!char.IsAsciiHexDigit((char)c)) return null;
            if (digits / 2 < block.Length) block[digits / 2] = (byte)(block[digits / 2] << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10));
            digits++;
        }
        return digits % 2 == 0 ? ExifOrientation.Read(block.AsSpan(0, digits / 2)) : null;
    }
}
