namespace Dla.MLNet;

/// <summary>Turns and mirrors pixels by the orientation that a camera wrote into the file.</summary>
internal static class ImageTurner
{
    /// <summary>The image upright; <paramref name="image"/> itself where it is so already, else that is given back to the pool.</summary>
    /// <param name="image">The image as stored.</param>
    /// <param name="orientation">The EXIF orientation; numbers outside of 2 … 8 change nothing.</param>
    public static DecodedImage Turn(DecodedImage image, int orientation)
    {
        if (orientation is < 2 or > 8) return image;
        using var stored = image;
        var (width, height) = (image.Width, image.Height);
        var turned = image.RentTurned(swapSides: orientation >= 5);
        // Where the pixel (0, 0) of the result lies in the stored image, and the steps to the next column and row.
        var (first, column, row) = orientation switch
        {
            2 => (width - 1, -1, width),
            3 => (width * height - 1, -1, -width),
            4 => ((height - 1) * width, 1, -width),
            5 => (0, width, 1),
            6 => ((height - 1) * width, -width, 1),
            7 => (width * height - 1, -width, -1),
            _ => (width - 1, width, -1),
        };
        Copy(stored.Colors, turned.Colors, turned.Width, turned.Height, first, column, row);
        return turned;
    }

    // In square tiles, so that of a turned image the rows read and the rows written both stay in the cache.
    private static void Copy(ReadOnlySpan<uint> from, Span<uint> to, int width, int height, int first, int column, int row)
    {
        const int Tile = 32;
        for (var top = 0; top < height; top += Tile)
        {
            for (var left = 0; left < width; left += Tile)
            {
                var (right, bottom) = (Math.Min(left + Tile, width), Math.Min(top + Tile, height));
                for (var y = top; y < bottom; y++)
                {
                    var source = first + y * row + left * column;
                    foreach (ref var pixel in to[(y * width + left)..(y * width + right)])
                    {
                        pixel = from[source];
                        source += column;
                    }
                }
            }
        }
    }
}
