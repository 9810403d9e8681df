namespace Dla.Export;

/// <summary>Running sums over a histogram's bins, from which the error of any range follows at once.</summary>
internal sealed class HistogramMoments
{
    private readonly double _binWidth;
    private readonly double[] _counts = new double[ActivationStatistics.Bins + 1];
    private readonly double[] _sums = new double[ActivationStatistics.Bins + 1];
    private readonly double[] _squares = new double[ActivationStatistics.Bins + 1];

    public HistogramMoments(ActivationStatistics statistics)
    {
        _binWidth = statistics.BinWidth;
        for (var bin = 0; bin < ActivationStatistics.Bins; bin++)
        {
            // Behind a ReLU the bin at 0 holds the zeros, which every range represents exactly.
            double count = bin == ActivationStatistics.Bins / 2 && statistics.Min >= 0 ? 0 : statistics.Counts[bin], value = statistics.Centre(bin);
            _counts[bin + 1] = _counts[bin] + count;
            _sums[bin + 1] = _sums[bin] + count * value;
            _squares[bin + 1] = _squares[bin] + count * value * value;
        }
    }

    /// <summary>The sum of squared errors: inside the range a rounding error that is uniform over one step, outside the distance from its end.</summary>
    public double SquaredError(ActivationRange range)
    {
        var (low, high) = (Bin(range.Min), Bin(range.Max));
        var rounding = (double)range.Scale * range.Scale / 12;
        return (_counts[high] - _counts[low]) * rounding + Distance(0, low, range.Min) + Distance(high, ActivationStatistics.Bins, range.Max);
    }

    /// <summary>Σ (value − end)² over the bins from <paramref name="first"/> up to <paramref name="last"/>.</summary>
    private double Distance(int first, int last, double end) =>
        Math.Max(0, _squares[last] - _squares[first] - 2 * end * (_sums[last] - _sums[first]) + end * end * (_counts[last] - _counts[first]));

    private int Bin(double value) => (int)Math.Clamp(Math.Floor(value / _binWidth) + ActivationStatistics.Bins / 2, 0, ActivationStatistics.Bins);
}
