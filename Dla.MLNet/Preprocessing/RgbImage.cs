namespace Dla.MLNet;

/// <summary>A decoded image: 8-bit RGB, as Pillow's <c>Image.open(…).convert("RGB")</c> gives it.</summary>
public sealed class RgbImage
{
    /// <summary>Wraps pixels that are already there.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="pixels">Row-major RGB, exactly <c>height × width × 3</c> bytes; not copied.</param>
    /// <exception cref="ArgumentException">The number of bytes does not fit the sizes.</exception>
    public RgbImage(int width, int height, Memory<byte> pixels)
    {
        if (width < 1 || height < 1 || pixels.Length != (long)width * height * 3)
            throw new ArgumentException($"{pixels.Length} bytes for {width} × {height} pixels; " +
                $"expected at least one pixel and {(long)width * height * 3} bytes.", nameof(pixels));
        (Width, Height, Pixels) = (width, height, pixels);
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Row-major RGB, <c>height × width × 3</c> bytes.</summary>
    public Memory<byte> Pixels { get; }

    /// <summary>Decodes an image file (JPEG, PNG, BMP, GIF or WebP, told by its content).</summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="orientation">Whether the EXIF orientation is applied.</param>
    /// <param name="maxPixels">More pixels than this are refused before memory is taken for them.</param>
    /// <exception cref="ImageDecodeException">The bytes are no such image, are damaged, or have too many pixels.</exception>
    /// <exception cref="InsufficientMemoryException">There is no memory for the image.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxPixels"/> is not from 1 to 536,870,897.</exception>
    public static RgbImage Decode(
        ReadOnlySpan<byte> encoded, ImageOrientation orientation = ImageOrientation.Upright, long maxPixels = ImagePreprocessor.DefaultMaxPixels)
    {
        PixelLimit.CheckRange(maxPixels);
        var sink = new RgbImageSink();
        ImageDecoder.Decode(encoded, orientation, maxPixels, sink, ImageMemoryBudget.Shared);
        return sink.ToImage();
    }
}
