using System.Buffers.Binary;
using Dla.Tests;

namespace Dla.MLNet.Tests.Preprocessing;

/// <summary>Images made by the formulas of the reference data, and the simplest lossless file around them.</summary>
internal static class FormulaImage
{
    /// <summary>Row-major RGB of the kind <c>noise</c> or <c>gradient</c>.</summary>
    public static byte[] Make(string kind, int width, int height)
    {
        if (kind == "noise") return [.. WeightRecipe.Uniform($"noise-{width}x{height}", width * height * 3).Select(u => (byte)(256 * u))];
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++)
        {
            var (x, y) = (i % width, i / width);
            pixels[3 * i] = (byte)(255 * x / Math.Max(width - 1, 1));
            pixels[3 * i + 1] = (byte)(255 * y / Math.Max(height - 1, 1));
            pixels[3 * i + 2] = (byte)(255 * (x + y) / Math.Max(width + height - 2, 1));
        }
        return pixels;
    }

    /// <summary>A top-down 24-bit BMP of RGB pixels.</summary>
    public static byte[] ToBmp(ReadOnlySpan<byte> rgb, int width, int height)
    {
        var stride = (width * 3 + 3) / 4 * 4;
        var file = new byte[54 + stride * height];
        (file[0], file[1]) = ((byte)'B', (byte)'M');
        Write(2, file.Length);
        Write(10, 54);
        Write(14, 40);
        Write(18, width);
        Write(22, -height);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), 24);
        for (var i = 0; i < width * height; i++)
        {
            var to = file.AsSpan(54 + i / width * stride + i % width * 3);
            (to[0], to[1], to[2]) = (rgb[3 * i + 2], rgb[3 * i + 1], rgb[3 * i]);
        }
        return file;

        void Write(int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(offset), value);
    }
}
