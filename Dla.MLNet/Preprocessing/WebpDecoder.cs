using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>WebP: lossy, lossless, with alpha, and of animations the first frame, through Skia.</summary>
internal static class WebpDecoder
{
    private const string Format = "WebP";
    private const int HasExif = 8;

    /// <summary>Decodes a WebP file, upright by its EXIF block on request.</summary>
    public static void Decode(ReadOnlySpan<byte> encoded, bool upright, long maxPixels, IPixelSink sink)
    {
        var orientation = upright ? ExifOrientation.Read(FindExif(encoded)) : null;
        using var image = SkiaDecoder.Decode(encoded, Format, maxPixels);
        image.CopyTo(orientation ?? ExifOrientation.Upright, sink);
    }

    /// <summary>The contents of the EXIF chunk, where the extended header announces one; else empty.</summary>
    private static ReadOnlySpan<byte> FindExif(ReadOnlySpan<byte> encoded)
    {
        var announced = false;
        for (var at = 12; at + 8 <= encoded.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(encoded[(at + 4)..]);
            if (length > encoded.Length - at - 8) break;
            var chunk = encoded.Slice(at + 8, (int)length);
            if (encoded[at..].StartsWith("VP8X"u8)) announced = chunk is [var flags, ..] && (flags & HasExif) != 0;
            else if (announced && encoded[at..].StartsWith("EXIF"u8)) return chunk;
            at += 8 + chunk.Length + (chunk.Length & 1);
        }
        return [];
    }
}
