namespace Dla.MLNet;

/// <summary>Decodes image files to the pixels that Pillow's <c>Image.open(…).convert("RGB")</c> gives; the format is told by the content.</summary>
internal static class ImageDecoder
{
    /// <summary>Bytes that tell the format, and what else a file is.</summary>
    public const int StartLength = 64;

    /// <summary>Decodes an image to all of its pixels.</summary>
    /// <inheritdoc cref="Decode(ReadOnlySpan{byte}, ImageOrientation, long, IPixelSink)"/>
    public static DecodedImage Decode(ReadOnlySpan<byte> encoded, ImageOrientation orientation, long maxPixels)
    {
        using var sink = new DecodedImageSink();
        Decode(encoded, orientation, maxPixels, sink);
        return sink.Detach();
    }

    /// <summary>Decodes an image row by row while the memory for it is leased.</summary>
    /// <inheritdoc cref="Decode(ReadOnlySpan{byte}, ImageOrientation, long, IPixelSink)"/>
    /// <exception cref="InsufficientMemoryException">There is no memory for the image.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled while memory was awaited.</exception>
    public static void Decode(ReadOnlySpan<byte> encoded, ImageOrientation orientation, long maxPixels, IPixelSink sink,
        ImageMemoryBudget memory, CancellationToken cancel = default)
    {
        using var lease = memory.Acquire(EstimateBytes(encoded, maxPixels), cancel);
        Decode(encoded, orientation, maxPixels, sink);
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
            case ImageFormat.Jpeg:
                JpegDecoder.Decode(encoded, upright, maxPixels, sink);
                break;
            case ImageFormat.Png:
                PngDecoder.Decode(encoded, upright, maxPixels, sink);
                break;
            case ImageFormat.Gif:
                GifDecoder.Decode(encoded, maxPixels, sink);
                break;
            case ImageFormat.Bmp:
                BmpDecoder.Decode(encoded, maxPixels, sink);
                break;
            case ImageFormat.Webp:
                WebpDecoder.Decode(encoded, upright, maxPixels, sink);
                break;
            default:
                throw new ImageDecodeException(UnknownFile.Describe(encoded));
        }
    }

    /// <summary>Looks at the first bytes of a file, <see cref="StartLength"/> or as many as there are.</summary>
    /// <exception cref="ImageDecodeException">They are of no known format.</exception>
    public static void RequireImage(ReadOnlySpan<byte> start)
    {
        if (FormatOf(start) == ImageFormat.Unknown) throw new ImageDecodeException(UnknownFile.Describe(start));
    }

    /// <summary>
    /// The most bytes that decoding takes at one time, the file's own bytes not counted: an upper bound from the header, before memory is taken.
    /// </summary>
    /// <param name="encoded">The whole file.</param>
    /// <param name="maxPixels">The limit of pixels.</param>
    /// <returns>0 for files that are refused by their header.</returns>
    public static long EstimateBytes(ReadOnlySpan<byte> encoded, long maxPixels) => DecodingMemory.Estimate(encoded, maxPixels);

    /// <summary>The format, detected from the first bytes.</summary>
    public static ImageFormat FormatOf(ReadOnlySpan<byte> encoded) => encoded switch
    {
        [0xFF, 0xD8, 0xFF, ..] => ImageFormat.Jpeg,
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => ImageFormat.Png,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => ImageFormat.Gif,
        [(byte)'B', (byte)'M', ..] => ImageFormat.Bmp,
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => ImageFormat.Webp,
        _ => ImageFormat.Unknown,
    };
}
