using System.Buffers;
using System.Runtime.InteropServices;

namespace Dla.MLNet;

/// <summary>Decoded pixels in pooled memory: 8-bit R, G, B, A, alpha unused, rows without gaps. Dispose gives the memory back.</summary>
internal readonly struct DecodedImage : IDisposable
{
    private readonly byte[] _buffer;

    private DecodedImage(int width, int height) => (Width, Height, _buffer) = (width, height, ArrayPool<byte>.Shared.Rent(checked(width * height * 4)));

    /// <summary>Rents memory for an image, after a look at its size. The pixels are not cleared.</summary>
    /// <exception cref="ImageDecodeException">The image has no pixels, or more than <paramref name="maxPixels"/>.</exception>
    public static DecodedImage Rent(int width, int height, long maxPixels)
    {
        if (width < 1 || height < 1) throw new ImageDecodeException($"The image is {width} × {height} pixels; expected at least 1 × 1. Replace the file.");
        if ((long)width * height > maxPixels)
            throw new ImageDecodeException($"The image is {width} × {height} pixels, more than the limit of {maxPixels}: " +
                "a decompression bomb? Raise the limit (maxPixels) if the file is trusted.");
        return new(width, height);
    }

    /// <summary>Rents memory for the same number of pixels, in the same or the turned shape.</summary>
    public DecodedImage RentTurned(bool swapSides) => swapSides ? new(Height, Width) : new(Width, Height);

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Row-major RGBA, <c>height × width × 4</c> bytes.</summary>
    public Span<byte> Pixels => _buffer.AsSpan(0, Width * Height * 4);

    /// <summary>The same pixels, each as one little-endian number A·2²⁴ + B·2¹⁶ + G·2⁸ + R.</summary>
    public Span<uint> Colors => MemoryMarshal.Cast<byte, uint>(Pixels);

    /// <summary>Makes all colours gray, by Pillow's <c>convert("L")</c>: (19595 R + 38470 G + 7471 B + 32768) / 65536.</summary>
    /// <param name="bgr">Whether the first byte of a pixel is blue rather than red.</param>
    public void MakeGray(bool bgr)
    {
        foreach (ref var color in Colors)
        {
            var (first, green, third) = (color & 255, color >> 8 & 255, color >> 16 & 255);
            var gray = ((bgr ? third : first) * 19595 + green * 38470 + (bgr ? first : third) * 7471 + 0x8000) >> 16;
            color = Color((int)gray, (int)gray, (int)gray);
        }
    }

    /// <summary>Makes RGBA of BGRA.</summary>
    public void SwapRedAndBlue()
    {
        foreach (ref var color in Colors) color = (color & 0xFF00FF00) | (color & 255) << 16 | (color >> 16 & 255);
    }

    /// <summary>A pixel of <see cref="Colors"/>.</summary>
    public static uint Color(int red, int green, int blue) => 0xFF000000 | (uint)blue << 16 | (uint)green << 8 | (uint)red;

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
}
