namespace Dla.Finetune;

/// <summary>
/// Random erasing: a rectangle of 2 to 33 % of the area and an aspect ratio of 0.3 to 3.3 becomes 0, the mean colour, as torchvision's default.
/// </summary>
internal static class RandomErasing
{
    private const int Attempts = 10;
    private const double MinArea = 0.02, MaxArea = 0.33, MinRatio = 0.3, MaxRatio = 3.3;

    /// <param name="pixels">Normalised values [size, size, 3], changed in place.</param>
    /// <param name="size">Side in pixels.</param>
    /// <param name="random">The image's own random numbers.</param>
    public static void Run(Span<float> pixels, int size, ref SampleRandom random)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var area = (double)size * size * random.Between(MinArea, MaxArea);
            var ratio = Math.Exp(random.Between(Math.Log(MinRatio), Math.Log(MaxRatio)));
            var (height, width) = ((int)Math.Round(Math.Sqrt(area * ratio)), (int)Math.Round(Math.Sqrt(area / ratio)));
            if (height < 1 || width < 1 || height >= size || width >= size) continue;
            var (top, left) = (random.Below(size - height + 1), random.Below(size - width + 1));
            for (var y = top; y < top + height; y++) pixels.Slice((y * size + left) * 3, width * 3).Clear();
            return;
        }
    }
}
