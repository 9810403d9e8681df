using System.Buffers;
using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>PNG of all kinds, through Skia. Two kinds are reworded first, so that Skia tells what Pillow tells.</summary>
internal static class PngDecoder
{
    private const string Format = "PNG";
    private const byte GrayAlpha = 4;

    /// <summary>Decodes a PNG file, upright by its EXIF block on request.</summary>
    public static void Decode(ReadOnlySpan<byte> encoded, bool upright, long maxPixels, IPixelSink sink)
    {
        var header = PngHeader.Read(encoded, upright);
        using var image = header switch
        {
            { ColorType: PngHeader.Gray, BitDepth: 16 } => DecodeGray16(encoded, maxPixels),
            { ColorType: PngHeader.Palette, BitDepth: <= 8, PaletteLength: > 0 } when header.PaletteLength < 3 << header.BitDepth =>
                DecodeShortPalette(encoded, header, maxPixels),
            _ => SkiaDecoder.Decode(encoded, Format, maxPixels),
        };
        image.CopyTo(header.Orientation ?? ExifOrientation.Upright, sink);
    }

    /// <summary>16-bit gray, scaled down by 257 to the nearest.</summary>
    /// <remarks>Skia would drop the low byte. Called 8-bit gray with alpha, the same pixels have their high byte as gray and their low byte as alpha.</remarks>
    private static DecodedImage DecodeGray16(ReadOnlySpan<byte> encoded, long maxPixels)
    {
        var copy = ArrayPool<byte>.Shared.Rent(encoded.Length);
        try
        {
            var file = copy.AsSpan(0, encoded.Length);
            encoded.CopyTo(file);
            var header = file[12..33];   // "IHDR", width, height, depth, colour type, …, checksum
            (header[12], header[13]) = (8, GrayAlpha);
            BinaryPrimitives.WriteUInt32BigEndian(header[17..], Crc32.Compute(header[..17]));
            var image = SkiaDecoder.Decode(file, Format, maxPixels);
            var pixels = image.Pixels;
            for (var i = 0; i < pixels.Length; i += 4)
            {
                var gray = (byte)(((pixels[i] << 8 | pixels[i + 3]) + 128) / 257);
                pixels.Slice(i, 3).Fill(gray);
            }
            return image;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    /// <summary>A palette of fewer colours than the pixels can name, filled up with Pillow's: colour i is the gray i.</summary>
    private static DecodedImage DecodeShortPalette(ReadOnlySpan<byte> encoded, PngHeader header, long maxPixels)
    {
        var full = 3 << header.BitDepth;
        var added = full - header.PaletteLength;
        var copy = ArrayPool<byte>.Shared.Rent(encoded.Length + added);
        try
        {
            var file = copy.AsSpan(0, encoded.Length + added);
            var end = header.PaletteOffset + header.PaletteLength;
            encoded[..end].CopyTo(file);
            for (var i = header.PaletteLength; i < full; i++) file[header.PaletteOffset + i] = (byte)(i / 3);
            BinaryPrimitives.WriteInt32BigEndian(file[(header.PaletteOffset - 8)..], full);
            BinaryPrimitives.WriteUInt32BigEndian(file[(end + added)..], Crc32.Compute(file[(header.PaletteOffset - 4)..(end + added)]));
            encoded[(end + 4)..].CopyTo(file[(end + added + 4)..]);
            return SkiaDecoder.Decode(file, Format, maxPixels);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }
}
