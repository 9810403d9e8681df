namespace Dla.MLNet;

/// <summary>The limit of pixels that protects memory from images that are larger than anybody expects.</summary>
internal static class PixelLimit
{
    /// <summary>The most pixels that can be asked for: four bytes each in one span.</summary>
    public const long Largest = 0x7FFF_FFC7 / 4;   // of Array.MaxLength bytes

    /// <summary>Throws when a limit is out of its range.</summary>
    public static void CheckRange(long maxPixels)
    {
        if (maxPixels is < 1 or > Largest)
        {
            throw new ArgumentOutOfRangeException(
                nameof(maxPixels), maxPixels, $"The limit of pixels must be from 1 to {Largest}.");
        }
    }

    /// <summary>
    /// Throws when an image's sizes are not possible or not allowed. Decoders call it before they take memory for pixels.
    /// </summary>
    /// <exception cref="ImageDecodeException">The image has no pixels, or more than <paramref name="maxPixels"/>.</exception>
    public static void Check(int width, int height, long maxPixels)
    {
        if (width < 1 || height < 1) throw new ImageDecodeException($"The image is {width} × {height} pixels; expected at least 1 × 1. Replace the file.");
        if ((long)width * height > maxPixels)
            throw new ImageDecodeException($"The image is {width} × {height} pixels, more than the limit of {maxPixels}: " +
                "a decompression bomb? Raise the limit (maxPixels) if the file is trusted.") { IsTooLarge = true };
    }
}
