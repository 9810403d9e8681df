namespace Dla.Export;

/// <summary>Chooses an activation's range from its statistics.</summary>
internal static class RangeChooser
{
    /// <summary>Shares of the whole range that the search for the smallest squared error tries, widest first.</summary>
    private static readonly double[] Shares = [.. Enumerable.Range(0, 150).Select(i => Math.Pow(0.98, i))];

    public static ActivationRange Choose(ActivationStatistics statistics, DlaCalibrationMethod method, double percentile) => method switch
    {
        DlaCalibrationMethod.MinMax => ActivationRange.Of(statistics.Min, statistics.Max),
        DlaCalibrationMethod.Percentile => Percentile(statistics, percentile / 100),
        DlaCalibrationMethod.MeanSquaredError => MeanSquaredError(statistics),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "The range of one activation is chosen by one method."),
    };

    /// <summary>Leaves out the given fraction: above where nothing is negative, half of it on either side elsewhere.</summary>
    private static ActivationRange Percentile(ActivationStatistics statistics, double inside)
    {
        long total = 0;
        foreach (var count in statistics.Counts) total += count;
        var outside = (1 - inside) * total / (statistics.Min < 0 ? 2 : 1);
        int low = 0, high = ActivationStatistics.Bins - 1;
        for (var below = 0L; low < high && below + statistics.Counts[low] <= outside; low++) below += statistics.Counts[low];
        for (var above = 0L; high > low && above + statistics.Counts[high] <= outside; high--) above += statistics.Counts[high];
        var half = statistics.BinWidth / 2;
        return ActivationRange.Of(Math.Max(statistics.Min, statistics.Centre(low) - half), Math.Min(statistics.Max, statistics.Centre(high) + half));
    }

    /// <summary>Shrinks both ends alike, and each alone, and keeps the range whose rounding and clipping costs least.</summary>
    private static ActivationRange MeanSquaredError(ActivationStatistics statistics)
    {
        var moments = new HistogramMoments(statistics);
        var (best, least) = (ActivationRange.Of(statistics.Min, statistics.Max), double.PositiveInfinity);
        foreach (var share in Shares)
        {
            Try(statistics.Min * share, statistics.Max * share);
            if (statistics.Min >= 0) continue;
            Try(statistics.Min, statistics.Max * share);
            Try(statistics.Min * share, statistics.Max);
        }
        return best;

        void Try(double min, double max)
        {
            var range = ActivationRange.Of(min, max);
            var error = moments.SquaredError(range);
            if (error < least) (best, least) = (range, error);
        }
    }
}
