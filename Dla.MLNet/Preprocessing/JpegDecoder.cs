using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>JPEG: baseline and progressive, gray, colour, CMYK and YCCK; arithmetic and other rare kinds through Skia.</summary>
internal static class JpegDecoder
{
    private const string Format = "JPEG";

    /// <summary>Decodes a JPEG file, upright by its EXIF block on request.</summary>
    public static void Decode(ReadOnlySpan<byte> encoded, bool upright, long maxPixels, IPixelSink sink)
    {
        var orientation = upright ? ExifOrientation.Read(FindExif(encoded)) : null;
        if (!ManagedJpegDecoder.TryDecode(encoded, maxPixels, out var image)) image = SkiaDecoder.Decode(encoded, Format, maxPixels);
        using (image) image.CopyTo(orientation ?? ExifOrientation.Upright, sink);
    }

    /// <summary>The contents of the first EXIF segment; empty where there is none.</summary>
    private static ReadOnlySpan<byte> FindExif(ReadOnlySpan<byte> encoded)
    {
        for (var at = 2; at + 4 <= encoded.Length;)
        {
            if (encoded[at] != 0xFF || encoded[at + 1] is 0xFF or 0x00)
            {
                at++;   // fill bytes, or junk, which decoders skip too
                continue;
            }
            var marker = encoded[at + 1];
            if (marker is 0xDA or 0xD9) break;
            if (marker is 0x01 or (>= 0xD0 and <= 0xD8))
            {
                at += 2;
                continue;
            }
            var length = BinaryPrimitives.ReadUInt16BigEndian(encoded[(at + 2)..]);
            if (length < 2 || at + 2 + length > encoded.Length) break;
            var segment = encoded.Slice(at + 4, length - 2);
            if (marker == 0xE1 && segment.StartsWith("Exif\0"u8)) return segment;
            at += 2 + length;
        }
        return [];
    }
}
