using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>Upper bounds of the memory that decoding an image takes, from its header alone.</summary>
/// <remarks>Files whose header makes no sense cost nothing: the decoders refuse them before they take memory.</remarks>
internal static class DecodingMemory
{
    /// <summary>Tables, the window of the crop and other buffers that do not depend on the image's size.</summary>
    public const long Fixed = 1 << 20;

    /// <summary>
    /// A compressed text or profile of a PNG file, of which 1 MiB is read at most: inflated, copied, turned from digits to bytes.
    /// </summary>
    private const long Texts = 4 << 20;

    /// <summary>The most that the tables of a lossless WebP file's prefix codes take.</summary>
    public const long Tables = 16 << 20;

    /// <summary>Bytes per column: the rows that are decoded, converted and resized together.</summary>
    private const long PerColumn = 320;

    /// <summary>
    /// The most bytes that decoding takes at one time, the file's own bytes not counted; 0 for what the header already refuses.
    /// </summary>
    /// <param name="encoded">The file.</param>
    /// <param name="maxPixels">The limit of pixels: larger images are refused, not decoded.</param>
    public static long Estimate(ReadOnlySpan<byte> encoded, long maxPixels) => ImageDecoder.FormatOf(encoded) switch
    {
        ImageFormat.Jpeg => Jpeg(encoded, maxPixels),
        ImageFormat.Png => Png(encoded, maxPixels),
        ImageFormat.Gif => Gif(encoded, maxPixels),
        ImageFormat.Bmp => Bmp(encoded, maxPixels),
        ImageFormat.Webp => Webp(encoded, maxPixels),
        _ => 0,
    };

    /// <summary>A bound for an image of so many bytes per pixel, in halves.</summary>
    private static long Bound(long width, long height, int halfBytesPerPixel, long maxPixels, long more = 0)
    {
        if (width < 1 || height < 1 || width * height > maxPixels) return 0;
        return Fixed + more + width * PerColumn + width * height * halfBytesPerPixel / 2;
    }

    /// <summary>
    /// A strip. With more than one scan also all samples, or for progressive files the two bytes of each coefficient.
    /// </summary>
    private static long Jpeg(ReadOnlySpan<byte> encoded, long maxPixels)
    {
        var frame = ReadOnlySpan<byte>.Empty;
        var progressive = false;
        for (var at = 2; at + 4 <= encoded.Length;)
        {
            var marker = encoded[at] == 0xFF ? encoded[at + 1] : 0xFF;
            if (marker is 0xFF or 0x00) at++;
            else if (marker is 0x01 or (>= 0xD0 and <= 0xD8)) at += 2;
            else
            {
                var length = BinaryPrimitives.ReadUInt16BigEndian(encoded[(at + 2)..]);
                if (marker == 0xD9 || length < 2 || at + 2 + length > encoded.Length) return 0;
                var segment = encoded.Slice(at + 4, length - 2);
                if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
                {
                    frame = segment;
                    progressive = marker == 0xC2;
                }
                var data = encoded[(at + 2 + length)..];
                if (marker == 0xDA) return segment.IsEmpty ? 0 : Jpeg(frame, progressive, segment[0], data, maxPixels);
                at += 2 + length;
            }
        }
        return 0;
    }

    private static long Jpeg(
        ReadOnlySpan<byte> frame, bool progressive, int scanned, ReadOnlySpan<byte> data, long maxPixels)
    {
        if (frame.Length < 6 || frame.Length < 6 + 3 * frame[5]) return 0;
        long height = BinaryPrimitives.ReadUInt16BigEndian(frame[1..]);
        long width = BinaryPrimitives.ReadUInt16BigEndian(frame[3..]);
        // The number of lines may come after the first scan.
        if (height == 0 && data.IndexOf((byte[])[0xFF, 0xDC, 0, 4]) is >= 0 and var lines && lines + 6 <= data.Length)
            height = BinaryPrimitives.ReadUInt16BigEndian(data[(lines + 4)..]);
        var bound = Bound(width, height, 1, maxPixels);
        if (bound == 0 || (!progressive && scanned >= frame[5])) return bound;
        var (horizontal, vertical) = (1, 1);
        for (var c = 0; c < frame[5]; c++)
        {
            var factors = frame[7 + 3 * c];
            (horizontal, vertical) = (Math.Max(horizontal, factors >> 4), Math.Max(vertical, factors & 15));
        }
        var units = (width + 8 * horizontal - 1) / (8 * horizontal) * ((height + 8 * vertical - 1) / (8 * vertical));
        var blockBytes = progressive ? 64 * sizeof(short) : 64;
        for (var c = 0; c < frame[5]; c++) bound += units * (frame[7 + 3 * c] >> 4) * (frame[7 + 3 * c] & 15) * blockBytes;
        return bound;
    }

    private static long Png(ReadOnlySpan<byte> encoded, long maxPixels)
    {
        if (encoded.Length < 33) return 0;
        var width = BinaryPrimitives.ReadUInt32BigEndian(encoded[16..]);
        var height = BinaryPrimitives.ReadUInt32BigEndian(encoded[20..]);
        var interlaced = encoded[28] != 0;   // all pixels, 4 bytes each
        return height > int.MaxValue ? 0 : Bound(width, height, interlaced ? 9 : 1, maxPixels, Texts);
    }

    /// <summary>
    /// The canvas, which grows if the first frame does not fit into it. Interlaced frames take a byte for each pixel.
    /// </summary>
    private static long Gif(ReadOnlySpan<byte> encoded, long maxPixels)
    {
        try
        {
            var reader = new ByteReader(encoded, "GIF");
            reader.Skip(6);
            var (width, height, flags) = (reader.Short(), reader.Short(), reader.Byte());
            reader.Skip(2);
            if ((flags & 0x80) != 0) reader.Skip(3 * (2 << (flags & 7)));
            for (int block; (block = reader.Byte()) != ',';)
            {
                if (block == ';') return 0;
                if (block != '!') continue;
                reader.Skip(1);
                for (int length; (length = reader.Byte()) > 0;) reader.Skip(length);
            }
            var (left, top, frameWidth, frameHeight) = (reader.Short(), reader.Short(), reader.Short(), reader.Short());
            var interlaced = (reader.Byte() & 0x40) != 0;
            (width, height) = (Math.Max(width, left + frameWidth), Math.Max(height, top + frameHeight));
            return Bound(width, height, interlaced ? 3 : 1, maxPixels);
        }
        catch (ImageDecodeException)
        {
            return 0;
        }
    }

    private static long Bmp(ReadOnlySpan<byte> encoded, long maxPixels)
    {
        try
        {
            var reader = new ByteReader(encoded, "BMP");
            reader.Skip(14);
            var header = BmpHeader.Read(ref reader);
            var runs = header.Compression is BmpHeader.RunLength8 or BmpHeader.RunLength4;
            return Bound(header.Width, header.Height, runs ? 3 : 1, maxPixels);   // runs: a byte for each pixel
        }
        catch (ImageDecodeException)
        {
            return 0;
        }
    }

    /// <summary>The canvas of the extended header, or the size of the only picture.</summary>
    private static long Webp(ReadOnlySpan<byte> encoded, long maxPixels)
    {
        if (encoded.Length < 30) return 0;
        var kind = encoded[12..16];
        var data = encoded[20..];
        var bits = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
        var (width, height) = kind switch
        {
            _ when kind.SequenceEqual("VP8X"u8) => (Three(data[4..]) + 1, Three(data[7..]) + 1),
            _ when kind.SequenceEqual("VP8L"u8) => ((int)(bits & 0x3FFF) + 1, (int)(bits >> 14 & 0x3FFF) + 1),
            _ => (Two(data[6..]) & 0x3FFF, Two(data[8..]) & 0x3FFF),
        };
        return Bound(width, height, 10, maxPixels, kind[3] == ' ' ? 0 : Tables);
    }

    private static int Two(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadUInt16LittleEndian(at);

    private static int Three(ReadOnlySpan<byte> at) => at[0] | at[1] << 8 | at[2] << 16;
}
