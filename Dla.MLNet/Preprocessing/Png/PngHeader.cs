using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>The header chunk of a PNG file.</summary>
/// <param name="Width">Width in pixels, 1 … <see cref="MaxSide"/>.</param>
/// <param name="Height">Height in pixels, 1 … <see cref="MaxSide"/>.</param>
/// <param name="BitDepth">Bits of a channel: 1, 2, 4, 8 or 16.</param>
/// <param name="ColorType">The channels.</param>
/// <param name="Interlaced">Whether the pixels come in the seven passes of Adam7.</param>
internal readonly record struct PngHeader(int Width, int Height, int BitDepth, PngColorType ColorType, bool Interlaced)
{
    /// <summary>Bytes of the chunk.</summary>
    public const int Length = 13;

    /// <summary>The longest side that is read, libpng's limit: it bounds the memory for a row.</summary>
    public const int MaxSide = 1_000_000;

    private const string Format = "PNG";

    /// <summary>Bits of a pixel.</summary>
    public int BitsPerPixel => BitDepth * ColorType switch
    {
        PngColorType.Rgb => 3,
        PngColorType.GrayAlpha => 2,
        PngColorType.Rgba => 4,
        _ => 1,
    };

    /// <summary>Bytes of the largest palette whose colors the pixels can name.</summary>
    public int PaletteLength => 3 << BitDepth;

    /// <summary>Bytes of so many pixels in a row, without the filter byte.</summary>
    public int RowLength(int pixels) => (int)(((long)pixels * BitsPerPixel + 7) / 8);

    /// <summary>Reads the chunk's data.</summary>
    /// <exception cref="ImageDecodeException">A value is none of the standard's, or there are too many pixels.</exception>
    public static PngHeader Read(ReadOnlySpan<byte> data, long maxPixels)
    {
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(data), BinaryPrimitives.ReadInt32BigEndian(data[4..]));
        var (bits, color) = (data[8], (PngColorType)data[9]);
        var known = color switch
        {
            PngColorType.Gray => bits is 1 or 2 or 4 or 8 or 16,
            PngColorType.Palette => bits is 1 or 2 or 4 or 8,
            PngColorType.Rgb or PngColorType.GrayAlpha or PngColorType.Rgba => bits is 8 or 16,
            _ => false,
        };
        if (!known) throw ImageDecodeException.Corrupt(Format, $"its channels are of type {data[9]} with {bits} bits");
        if (data[10] != 0) throw ImageDecodeException.Corrupt(Format, $"its pixels have the unknown compression method {data[10]}");
        if (data[11] != 0) throw ImageDecodeException.Corrupt(Format, $"its pixels have the unknown filter method {data[11]}");
        if (data[12] > 1) throw ImageDecodeException.Corrupt(Format, $"its pixels have the unknown interlace method {data[12]}");
        PixelLimit.Check(width, height, maxPixels);
        if (Math.Max(width, height) > MaxSide)
            throw ImageDecodeException.Corrupt(Format, $"it is {width} × {height} pixels, and a side can have at most {MaxSide}");
        return new(width, height, bits, color, data[12] == 1);
    }
}
