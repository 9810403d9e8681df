namespace Dla.MLNet;

/// <summary>Decodes image files to the pixels that Pillow's <c>Image.open(…).convert("RGB")</c> gives; the format is told by the content.</summary>
internal static class ImageDecoder
{
    /// <summary>Bytes that tell the format, and what else a file is.</summary>
    public const int StartLength = 64;

    private const string Expected = "expected a JPEG, PNG, BMP, GIF or WebP image";

    /// <summary>Decodes an image to all of its pixels.</summary>
    /// <inheritdoc cref="Decode(ReadOnlySpan{byte}, ImageOrientation, long, IPixelSink)"/>
    public static DecodedImage Decode(ReadOnlySpan<byte> encoded, ImageOrientation orientation, long maxPixels)
    {
        using var sink = new DecodedImageSink();
        Decode(encoded, orientation, maxPixels, sink);
        return sink.Detach();
    }

    /// <summary>Decodes an image row by row.</summary>
    /// <exception cref="ImageDecodeException">
    /// The bytes are no image of a known format, are damaged, or have more than <paramref name="maxPixels"/> pixels.
    /// </exception>
    public static void Decode(ReadOnlySpan<byte> encoded, ImageOrientation orientation, long maxPixels, IPixelSink sink)
    {
        var upright = orientation == ImageOrientation.Upright;
        switch (FormatOf(encoded))
        {
            case Format.Jpeg:
                JpegDecoder.Decode(encoded, upright, maxPixels, sink);
                break;
            case Format.Png:
                PngDecoder.Decode(encoded, upright, maxPixels, sink);
                break;
            case Format.Gif:
                GifDecoder.Decode(encoded, maxPixels, sink);
                break;
            case Format.Bmp:
                BmpDecoder.Decode(encoded, maxPixels, sink);
                break;
            case Format.Webp:
                WebpDecoder.Decode(encoded, upright, maxPixels, sink);
                break;
            default:
                throw new ImageDecodeException(Describe(encoded));
        }
    }

    /// <summary>Looks at the first bytes of a file, <see cref="StartLength"/> or as many as there are.</summary>
    /// <exception cref="ImageDecodeException">They are of no known format.</exception>
    public static void RequireImage(ReadOnlySpan<byte> start)
    {
        if (FormatOf(start) == Format.Unknown) throw new ImageDecodeException(Describe(start));
    }

    private static Format FormatOf(ReadOnlySpan<byte> encoded) => encoded switch
    {
        [0xFF, 0xD8, 0xFF, ..] => Format.Jpeg,
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Format.Png,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => Format.Gif,
        [(byte)'B', (byte)'M', ..] => Format.Bmp,
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => Format.Webp,
        _ => Format.Unknown,
    };

    private static string Describe(ReadOnlySpan<byte> encoded) => encoded switch
    {
        [] => $"The file is empty; {Expected}.",
        [(byte)'I', (byte)'I', 42, 0, ..] or [(byte)'M', (byte)'M', 0, 42, ..] => "The file is a TIFF (or " +
            $"camera raw) image, which is not supported; {Expected}. Convert it to PNG.",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => "The file is an AVIF, " +
            $"HEIF or video file, which is not supported; {Expected}. Convert it to PNG or JPEG.",
        _ when LooksLikeText(encoded) => $"The file is text, not an image; {Expected}. A download that failed leaves such files.",
        _ => $"The file begins with bytes {Convert.ToHexString(encoded[..Math.Min(encoded.Length, 8)])}, which no known format does; {Expected}.",
    };

    private static bool LooksLikeText(ReadOnlySpan<byte> encoded)
    {
        foreach (var b in encoded[..Math.Min(encoded.Length, StartLength)])
        {
            if (b is < 0x20 and not ((byte)'\t' or (byte)'\r' or (byte)'\n')) return false;
        }
        return true;
    }

    private enum Format
    {
        Unknown,
        Jpeg,
        Png,
        Gif,
        Bmp,
        Webp,
    }
}
