using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>
/// WebP: of animations the first frame. Lossless files are decoded in managed code, lossy ones by Skia, which sees the colors' bitstream only.
/// Alpha is not decoded where it is apart from the colors.
/// </summary>
internal static class WebpDecoder
{
    /// <summary>Bytes before the bitstream in a file of nothing else: "RIFF", length, "WEBPVP8 ", length.</summary>
    private const int OverheadLength = 20;

    /// <summary>Decodes a WebP file.</summary>
    /// <param name="encoded">The file.</param>
    /// <param name="upright">Whether the sink learns the orientation.</param>
    /// <param name="maxPixels">The most pixels.</param>
    /// <param name="sink">Receives the rows.</param>
    /// <exception cref="ImageDecodeException">The file is cut off, damaged, or too large.</exception>
    public static void Decode(ReadOnlySpan<byte> encoded, bool upright, long maxPixels, IPixelSink sink)
    {
        var file = WebpFile.Read(encoded, upright, maxPixels);
        if (file.IsLossless)
        {
            using var rows = new WebpRows(file, sink);
            Vp8lDecoder.Decode(file.Bitstream, rows);
            rows.Finish();
        }
        else DecodeLossy(encoded, file, maxPixels, sink);
    }

    private static void DecodeLossy(ReadOnlySpan<byte> encoded, WebpFile file, long maxPixels, IPixelSink sink)
    {
        var padded = file.Bitstream.Length + (file.Bitstream.Length & 1);
        var isAlone = encoded.Length == OverheadLength + padded && encoded[12..].StartsWith("VP8 "u8);
        using var image = isAlone ? SkiaDecoder.Decode(encoded, WebpFile.Format, maxPixels) : DecodeBitstream(file.Bitstream, padded, maxPixels);
        if (image.Width != file.Width || image.Height != file.Height)
            throw ImageDecodeException.Corrupt(WebpFile.Format, $"it decodes to {image.Width} × {image.Height} pixels, not to {file.Width} × {file.Height}");
        using var rows = new WebpRows(file, sink);
        for (var y = 0; y < image.Height; y++) rows.Write(image.Colors.Slice(y * image.Width, image.Width));
        rows.Finish();
    }

    /// <summary>Gives Skia a file of this bitstream alone.</summary>
    private static DecodedImage DecodeBitstream(ReadOnlySpan<byte> bitstream, int padded, long maxPixels)
    {
        using var copy = new LargeBuffer<byte>(OverheadLength + padded);
        var file = copy.Span;
        "RIFF    WEBPVP8 "u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file[4..], OverheadLength - 8 + padded);
        BinaryPrimitives.WriteInt32LittleEndian(file[16..], bitstream.Length);
        bitstream.CopyTo(file[OverheadLength..]);
        return SkiaDecoder.Decode(file, WebpFile.Format, maxPixels);
    }
}
