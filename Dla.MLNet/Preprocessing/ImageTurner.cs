using System.Runtime.InteropServices;
using SkiaSharp;

namespace Dla.MLNet;

/// <summary>Turns and mirrors pixels by the orientation that a camera wrote into the file.</summary>
internal static class ImageTurner
{
    /// <summary>The image upright; <paramref name="image"/> itself where it is so already, else it is given back to the pool.</summary>
    public static DecodedImage Turn(DecodedImage image, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default) return image;
        using var stored = image;
        var (width, height) = (image.Width, image.Height);
        var turned = origin >= SKEncodedOrigin.LeftTop ? new DecodedImage(height, width) : new DecodedImage(width, height);
        // Where the pixel (0, 0) of the result lies in the stored image, and the steps to the next column and row.
        var (first, column, row) = origin switch
        {
            SKEncodedOrigin.TopRight => (width - 1, -1, width),
            SKEncodedOrigin.BottomRight => (width * height - 1, -1, -width),
            SKEncodedOrigin.BottomLeft => ((height - 1) * width, 1, -width),
            SKEncodedOrigin.LeftTop => (0, width, 1),
            SKEncodedOrigin.RightTop => ((height - 1) * width, -width, 1),
            SKEncodedOrigin.RightBottom => (width * height - 1, -width, -1),
            _ => (width - 1, width, -1),
        };
        var from = MemoryMarshal.Cast<byte, uint>(stored.Pixels);
        var to = MemoryMarshal.Cast<byte, uint>(turned.Pixels);
        for (var y = 0; y < turned.Height; y++)
        {
            for (var x = 0; x < turned.Width; x++) to[y * turned.Width + x] = from[first + y * row + x * column];
        }
        return turned;
    }
}
