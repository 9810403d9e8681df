namespace Dla.Export;

/// <summary>The scale of an activation: value = (byte − zero point) · scale.</summary>
internal readonly record struct ActivationRange(float Scale, byte ZeroPoint)
{
    /// <summary>
    /// The scale for values from <paramref name="min"/> to <paramref name="max"/>; 0 is made exact, and is the lowest byte where nothing is negative.
    /// </summary>
    public static ActivationRange Of(double min, double max)
    {
        (min, max) = (Math.Min(min, 0), Math.Max(max, 0));
        var scale = (float)((max - min) / 255);
        if (!(scale >= 1e-30f)) return new ActivationRange(1, 0);   // all zeros
        return new ActivationRange(scale, (byte)Math.Clamp(Math.Round(-min / scale), 0, 255));
    }

    public double Min => -ZeroPoint * (double)Scale;

    public double Max => (255 - ZeroPoint) * (double)Scale;
}
