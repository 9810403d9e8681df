namespace Dla.Finetune;

/// <summary>Operations that map each value by a table, as Pillow's <c>ImageOps</c> has them.</summary>
internal static class PointOperations
{
    /// <summary>Keeps the highest bits of each value.</summary>
    public static void Posterize(Span<byte> pixels, int bits)
    {
        var mask = (byte)~((1 << (8 - bits)) - 1);
        foreach (ref var value in pixels) value &= mask;
    }

    /// <summary>Inverts the values from a threshold on.</summary>
    public static void Solarize(Span<byte> pixels, double threshold)
    {
        foreach (ref var value in pixels) value = value < threshold ? value : (byte)(255 - value);
    }

    /// <summary>Stretches each channel so that its darkest value becomes 0 and its brightest 255.</summary>
    public static void AutoContrast(Span<byte> pixels)
    {
        Span<int> counts = stackalloc int[256];
        Span<byte> map = stackalloc byte[256];
        for (var channel = 0; channel < 3; channel++)
        {
            Count(pixels, channel, counts);
            var (low, high) = (counts.IndexOfAnyExcept(0), counts.LastIndexOfAnyExcept(0));
            if (high <= low) continue;
            var scale = 255.0 / (high - low);
            var offset = -low * scale;
            for (var v = 0; v < 256; v++) map[v] = (byte)Math.Clamp((int)(v * scale + offset), 0, 255);
            Apply(pixels, channel, map);
        }
    }

    /// <summary>Maps each channel so that its values are spread evenly.</summary>
    public static void Equalize(Span<byte> pixels)
    {
        Span<int> counts = stackalloc int[256];
        Span<byte> map = stackalloc byte[256];
        for (var channel = 0; channel < 3; channel++)
        {
            Count(pixels, channel, counts);
            var highest = counts.LastIndexOfAnyExcept(0);
            if (highest == counts.IndexOfAnyExcept(0)) continue;
            var step = (pixels.Length / 3 - counts[highest]) / 255;
            if (step == 0) continue;
            var sum = step / 2;
            for (var v = 0; v < 256; v++)
            {
                map[v] = (byte)Math.Min(sum / step, 255);
                sum += counts[v];
            }
            Apply(pixels, channel, map);
        }
    }

    private static void Count(ReadOnlySpan<byte> pixels, int channel, Span<int> counts)
    {
        counts.Clear();
        for (var i = channel; i < pixels.Length; i += 3) counts[pixels[i]]++;
    }

    private static void Apply(Span<byte> pixels, int channel, ReadOnlySpan<byte> map)
    {
        for (var i = channel; i < pixels.Length; i += 3) pixels[i] = map[pixels[i]];
    }
}
