namespace Dla.MLNet;

/// <summary>A range that a fraction lies in with 95 % confidence, given what was counted.</summary>
/// <param name="Low">In [0, 1].</param>
/// <param name="High">In [0, 1], not below <paramref name="Low"/>.</param>
public sealed record DlaInterval(double Low, double High)
{
    /// <summary>The normal distribution's quantile for 95 %, two-sided.</summary>
    private const double Quantile = 1.959963984540054;

    /// <summary>Wilson's score interval, which also holds near 0 and 1 and for few images.</summary>
    /// <param name="hits">What was counted, 0 … <paramref name="trials"/>.</param>
    /// <param name="trials">Out of how many; 0 gives [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="hits"/> is not from 0 to <paramref name="trials"/>.</exception>
    public static DlaInterval Wilson(long hits, long trials)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(hits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hits, trials);
        if (trials == 0) return new DlaInterval(0, 1);
        var (share, square) = ((double)hits / trials, Quantile * Quantile);
        var centre = (share + square / (2 * trials)) / (1 + square / trials);
        var half = Quantile / (1 + square / trials) * Math.Sqrt(share * (1 - share) / trials + square / (4.0 * trials * trials));
        return new DlaInterval(hits == 0 ? 0 : Math.Max(0, centre - half), hits == trials ? 1 : Math.Min(1, centre + half));
    }
}
