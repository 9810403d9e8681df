namespace Dla.MLNet;

/// <summary>The colours of activation maps: matplotlib's <c>inferno</c> (van der Walt and Smith, CC0), whose lightness grows evenly with the value.</summary>
/// <remarks>So equal steps look equal, also to the colour-blind and in print.</remarks>
internal static class HeatColors
{
    private static readonly (byte Red, byte Green, byte Blue)[] Stops =
    [
        (0, 0, 4), (27, 12, 66), (75, 12, 107), (120, 28, 109), (165, 44, 96), (207, 68, 70), (237, 105, 37), (251, 154, 6), (247, 208, 60), (252, 255, 164),
    ];

    /// <summary>The colour of a value in [0, 1].</summary>
    public static (float Red, float Green, float Blue) At(float value)
    {
        var place = Math.Clamp(value, 0, 1) * (Stops.Length - 1);
        var below = Math.Min((int)place, Stops.Length - 2);
        var share = place - below;
        var (a, b) = (Stops[below], Stops[below + 1]);
        return (a.Red + (b.Red - a.Red) * share, a.Green + (b.Green - a.Green) * share, a.Blue + (b.Blue - a.Blue) * share);
    }
}
