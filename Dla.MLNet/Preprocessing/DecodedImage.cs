using System.Runtime.InteropServices;

namespace Dla.MLNet;

/// <summary>Decoded pixels: 8-bit R, G, B, A, alpha unused, rows without gaps. Dispose gives the memory back.</summary>
internal readonly struct DecodedImage : IDisposable
{
    private readonly LargeBuffer<uint> _pixels;

    private DecodedImage(int width, int height) =>
        (Width, Height, _pixels) = (width, height, new(checked(width * height), clear: false));

    /// <summary>Takes memory for an image, after a look at its size. The pixels are not cleared.</summary>
    /// <exception cref="ImageDecodeException">The image has no pixels, or more than <paramref name="maxPixels"/>.</exception>
    public static DecodedImage Rent(int width, int height, long maxPixels)
    {
        PixelLimit.Check(width, height, maxPixels);
        return new(width, height);
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Row-major RGBA, <c>height × width × 4</c> bytes.</summary>
    public Span<byte> Pixels => MemoryMarshal.AsBytes(Colors);

    /// <summary>The same pixels, each as one little-endian number A·2²⁴ + B·2¹⁶ + G·2⁸ + R.</summary>
    public Span<uint> Colors => _pixels.Span;

    /// <summary>Gives the pixels to a sink, row by row.</summary>
    /// <param name="orientation">The EXIF orientation of the image.</param>
    /// <param name="sink">Receives the rows.</param>
    public void CopyTo(int orientation, IPixelSink sink)
    {
        sink.Begin(Width, Height, orientation);
        for (var y = 0; y < Height; y++) sink.Write(Colors.Slice(y * Width, Width));
    }

    /// <summary>A pixel of <see cref="Colors"/>.</summary>
    public static uint Color(int red, int green, int blue) => 0xFF000000 | (uint)blue << 16 | (uint)green << 8 | (uint)red;

    /// <inheritdoc/>
    public void Dispose() => _pixels.Dispose();
}
