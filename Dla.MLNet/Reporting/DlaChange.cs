namespace Dla.MLNet;

/// <summary>A number before and after.</summary>
/// <param name="Name">What it measures, or the class whose recall it is.</param>
/// <param name="Before">The baseline's.</param>
/// <param name="After">This evaluation's.</param>
public sealed record DlaChange(string Name, double Before, double After)
{
    /// <summary>After − before.</summary>
    public double Difference => After - Before;
}
