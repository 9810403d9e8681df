namespace Dla.Export.Tests;

public sealed class WeightsAndRangesTests
{
    private static float[] Normal(int seed, int count, double spread = 1)
    {
        var random = new Random(seed);
        double Next() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return [.. Enumerable.Range(0, count).Select(_ => (float)(spread * Next()))];
    }

    [Theory]
    [InlineData(new long[] { 8, 16, 3, 3 }, 0)]
    [InlineData(new long[] { 5, 3, 7, 7 }, 0)]
    [InlineData(new long[] { 6, 1, 3, 3 }, 0)]
    [InlineData(new long[] { 33, 7 }, 1)]
    public void No_two_neighbours_can_saturate_sixteen_bits(long[] shape, int axis)
    {
        var count = (int)shape.Aggregate(1L, (a, b) => a * b);
        foreach (var weights in (float[][])[Normal(1, count), [.. Enumerable.Repeat(1f, count)], [.. Enumerable.Repeat(-0.5f, count)]])
        {
            var quantized = QuantizedWeights.Of(weights, shape, axis, DlaWeightRange.Auto);
            for (var o = 0; o < shape[axis]; o++) NeighboursFit(InOrder(quantized, axis, o));
            if (shape is [_, _, 7, 7])   // the first layer is written for copies of the image, each shifted by a column
            {
                var shifted = quantized.ForShiftedColumns(8);
                for (var o = 0; o < shape[0]; o++) NeighboursFit(InOrder(shifted, axis, o));
            }
            var error = weights.Select((w, i) => Math.Abs(w - quantized.Values[i] * quantized.Scales[axis == 0
                ? i / (count / (int)shape[0]) : i % (int)shape[1]])).Max();
            Assert.InRange(error / weights.Max(Math.Abs), 0, 0.35);
        }
    }

    /// <summary>An output's weights as kernels for channels-last images multiply them: by row, then by column, then by channel.</summary>
    private static List<int> InOrder(QuantizedWeights weights, int axis, int output)
    {
        var shape = weights.Shape;
        if (axis == 1) return [.. Enumerable.Range(0, (int)shape[0]).Select(i => (int)weights.Values[i * shape[1] + output])];
        var (inputs, rows, columns) = shape.Length == 4 ? (shape[1], shape[2], shape[3]) : (shape[1], 1, 1);
        var found = new List<int>();
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
                for (var input = 0; input < inputs; input++)
                    found.Add(weights.Values[((output * inputs + input) * rows + row) * columns + column]);
        return found;
    }

    private static void NeighboursFit(List<int> row)
    {
        for (var i = 1; i < row.Count; i++) Assert.InRange(255 * (row[i - 1] + row[i]), short.MinValue, short.MaxValue);
    }

    [Fact]
    public void Seven_bits_are_coarser_than_eight()
    {
        var weights = Normal(2, 64 * 64 * 9, 0.1);
        double Error(DlaWeightRange range)
        {
            var q = QuantizedWeights.Of(weights, [64, 64, 3, 3], 0, range);
            return weights.Select((w, i) => Math.Pow(w - q.Values[i] * q.Scales[i / 576], 2)).Sum();
        }
        Assert.True(Error(DlaWeightRange.Full) <= Error(DlaWeightRange.Auto) && Error(DlaWeightRange.Auto) < Error(DlaWeightRange.Reduced));
        Assert.All(QuantizedWeights.Of(weights, [64, 64, 3, 3], 0, DlaWeightRange.Reduced).Values, v => Assert.InRange(v, -64, 64));
    }

    [Fact]
    public void Weights_follow_the_shifted_columns()
    {
        var weights = new QuantizedWeights([.. Enumerable.Range(0, 2 * 3 * 2 * 3).Select(i => (sbyte)i)], [1, 1], [2, 3, 2, 3], 0);
        var shifted = weights.ForShiftedColumns(4);
        Assert.Equal([2, 12, 2, 1], shifted.Shape);
        for (var o = 0; o < 2; o++)
            for (var i = 0; i < 3; i++)
                for (var row = 0; row < 2; row++)
                    for (var shift = 0; shift < 4; shift++)
                        Assert.Equal(shift < 3 ? weights.Values[((o * 3 + i) * 2 + row) * 3 + shift] : 0, shifted.Values[(o * 12 + shift * 3 + i) * 2 + row]);
    }

    [Fact]
    public void Channels_of_zeros_and_of_tiny_numbers_do_no_harm()
    {
        var quantized = QuantizedWeights.Of([0, 0, 0, 0, 1e-38f, -1e-38f, 1e-39f, 0], [2, 4, 1, 1], 0, DlaWeightRange.Auto);
        Assert.All(quantized.Scales, s => Assert.True(s > 0 && float.IsFinite(s)));
        Assert.All(quantized.Values.Take(4), v => Assert.Equal(0, v));
    }

    [Fact]
    public void Statistics_do_not_depend_on_the_order_of_the_images()
    {
        var images = Enumerable.Range(0, 8).Select(i => Normal(i, 2 * 30, spread: Math.Pow(3, i))).ToArray();
        ActivationStatistics Of(IEnumerable<float[]> values)
        {
            var statistics = new ActivationStatistics();
            foreach (var v in values) statistics.Add(v, [1, 2, 5, 6]);
            return statistics;
        }
        var (forward, merged) = (Of(images), Of(images.Skip(4)));
        merged.Merge(Of(images.Take(4).Reverse()));
        Assert.Equal(forward.Counts.ToArray(), merged.Counts.ToArray());
        Assert.Equal((forward.Min, forward.Max, forward.BinWidth), (merged.Min, merged.Max, merged.BinWidth));
        Assert.Equal(images.Length * 60, forward.Counts.ToArray().Sum());
        Assert.Equal(images.Average(v => v.Take(30).Average(x => (double)x)), forward.ChannelMeans[0], 1e-3);
    }

    [Fact]
    public void Every_value_is_counted_in_its_bin()
    {
        var statistics = new ActivationStatistics();
        float[] values = [-4f, -3.9999998f, -0.001f, 0, 0.001f, 1, 2, 3.9999998f];
        statistics.Add(values, [1, 8]);
        foreach (var value in values)
            Assert.Contains(Enumerable.Range(0, ActivationStatistics.Bins),
                b => statistics.Counts[b] > 0 && Math.Abs(statistics.Centre(b) - value) <= statistics.BinWidth * 0.5001);
        Assert.Throws<InvalidDataException>(() => statistics.Add([1, float.NaN], [1, 2]));
        Assert.Throws<InvalidDataException>(() => statistics.Add([1, float.NegativeInfinity], [1, 2]));
    }

    [Fact]
    public void Ranges_hold_zero_exactly_and_start_at_byte_zero_behind_a_relu()
    {
        Assert.Equal(0, ActivationRange.Of(0, 5).ZeroPoint);
        Assert.Equal(0, ActivationRange.Of(2, 5).ZeroPoint);
        Assert.Equal(255, ActivationRange.Of(-3, -1).ZeroPoint);
        Assert.Equal(1, ActivationRange.Of(0, 0).Scale);
        var range = ActivationRange.Of(-1, 3);
        Assert.InRange(range.Min, -1 - range.Scale, -1 + range.Scale);
        Assert.InRange(range.Max, 3 - range.Scale, 3 + range.Scale);
    }

    [Fact]
    public void A_lonely_outlier_is_clipped_by_percentile_and_by_squared_error_and_kept_by_min_max()
    {
        var statistics = new ActivationStatistics();
        statistics.Add([.. Normal(5, 1_000_000).Select(Math.Abs), 1000f], [1, 1, 1_000_001]);
        double Max(DlaCalibrationMethod method, double percentile = 99.99) => RangeChooser.Choose(statistics, method, percentile).Max;
        Assert.Equal(1000, Max(DlaCalibrationMethod.MinMax), 0.1);
        Assert.InRange(Max(DlaCalibrationMethod.Percentile), 3.5, 4.5);
        Assert.InRange(Max(DlaCalibrationMethod.Percentile, 99), 2.4, 2.8);
        Assert.InRange(Max(DlaCalibrationMethod.MeanSquaredError), 10, 900);
    }
}
