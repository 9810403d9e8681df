namespace Dla.Export;

/// <summary>Weights as int8, one scale for each output channel.</summary>
/// <param name="Values">Row-major, in the float weights' order.</param>
/// <param name="Scales">One for each output channel: weight = value · scale.</param>
/// <param name="Shape">The float weights' shape.</param>
/// <param name="Axis">The axis of the output channels.</param>
internal sealed record QuantizedWeights(sbyte[] Values, float[] Scales, long[] Shape, int Axis)
{
    /// <summary>Two neighbours of the same sign that sum to this, times 255, still fit 16 bits: 128 · 255 = 32,640.</summary>
    private const int PairLimit = 128;

    /// <summary>Scales tried for each channel, relative to the one that just holds its largest weight.</summary>
    private static readonly float[] Shares = [1f, 0.97f, 0.94f, 0.9f, 0.86f, 0.82f, 0.78f, 0.74f, 0.7f];
    private static readonly float[] AutoShares = [.. Shares, 1.05f, 1.1f, 1.16f, 1.22f, 1.28f, 1.36f, 1.44f, 1.52f, 1.6f, 1.7f, 1.8f, 1.9f, 2f];

    /// <summary>Rounds to int8, choosing each channel's scale by the smallest squared error.</summary>
    /// <param name="weights">Row-major.</param>
    /// <param name="shape">[out, in / groups, kh, kw], or a matrix.</param>
    /// <param name="axis">Where the output channels are: 0, or 1 for a matrix [in, out].</param>
    /// <param name="range">How much of int8 is used.</param>
    /// <param name="leastScales">No scale is smaller than its channel's here; empty for no limit.</param>
    public static QuantizedWeights Of(float[] weights, long[] shape, int axis, DlaWeightRange range, double[]? leastScales = null)
    {
        var outputs = (int)shape[axis];
        var perOutput = weights.Length / outputs;
        var order = MultiplicationOrder(shape, axis);
        var (values, scales) = (new sbyte[weights.Length], new float[outputs]);
        Parallel.For(0, outputs, o =>
        {
            var row = new float[perOutput];
            var start = axis == 0 ? o * perOutput : o;
            for (var i = 0; i < perOutput; i++) row[i] = weights[start + order[i]];
            var (rounded, scale) = Round(row, range, leastScales is { Length: > 0 } least ? (float)least[o] : 0);
            for (var i = 0; i < perOutput; i++) values[start + order[i]] = rounded[i];
            scales[o] = scale;
        });
        return new QuantizedWeights(values, scales, shape, axis);
    }

    /// <summary>The offsets of one output channel's weights, in the order in which kernels multiply them: channels last.</summary>
    internal static int[] MultiplicationOrder(long[] shape, int axis)
    {
        if (axis == 1) return [.. Enumerable.Range(0, (int)shape[0]).Select(i => i * (int)shape[1])];
        var inputs = (int)shape[1];
        var plane = (int)shape.Skip(2).Aggregate(1L, (a, b) => a * b);
        return [.. Enumerable.Range(0, plane).SelectMany(p => Enumerable.Range(0, inputs).Select(i => i * plane + p))];
    }

    /// <summary>
    /// The weights [out, in, kh, kw] for an input whose channels are this many copies of it, shifted by one column each: [out, shifts · in, kh, 1].
    /// </summary>
    public QuantizedWeights ForShiftedColumns(int shifts)
    {
        var (outputs, inputs, rows, columns) = ((int)Shape[0], (int)Shape[1], (int)Shape[2], (int)Shape[3]);
        var values = new sbyte[outputs * shifts * inputs * rows];
        for (var i = 0; i < Values.Length; i++)
        {
            var (column, row, input, output) = (i % columns, i / columns % rows, i / columns / rows % inputs, i / columns / rows / inputs);
            values[((output * shifts + column) * inputs + input) * rows + row] = Values[i];
        }
        return this with { Values = values, Shape = [outputs, shifts * inputs, rows, 1] };
    }

    private static (sbyte[] Values, float Scale) Round(float[] row, DlaWeightRange range, float leastScale)
    {
        var (best, scale, least) = (new sbyte[row.Length], leastScale > 0 ? leastScale : 1f, double.PositiveInfinity);
        var largest = row.Max(Math.Abs);
        if (!(largest > 0)) return (best, scale);
        var limit = range == DlaWeightRange.Reduced ? PairLimit / 2 : 127;
        var trial = new sbyte[row.Length];
        foreach (var share in range == DlaWeightRange.Auto ? AutoShares : Shares)
        {
            var step = Math.Max(largest * share / limit, leastScale);
            if (!(step >= 1e-30f)) continue;
            var inverse = 1 / step;
            for (var i = 0; i < row.Length; i++) trial[i] = (sbyte)Math.Clamp(MathF.Round(row[i] * inverse), -limit, limit);
            if (range == DlaWeightRange.Auto) LowerPairs(trial);
            double error = 0;
            for (var i = 0; i < row.Length; i++) error += Square(row[i] - trial[i] * step);
            if (error >= least) continue;
            (scale, least) = (step, error);
            trial.CopyTo(best, 0);
        }
        return (best, scale);
    }

    /// <summary>Makes neighbours of the same sign small enough; lowering one never breaks the pair before it.</summary>
    private static void LowerPairs(sbyte[] row)
    {
        for (var i = 1; i < row.Length; i++)
        {
            int a = row[i - 1], b = row[i];
            if (a < 0 != b < 0) continue;
            var excess = Math.Abs(a) + Math.Abs(b) - PairLimit;
            if (excess <= 0) continue;
            var (fromA, fromB) = (excess / 2, excess - excess / 2);
            row[i - 1] = (sbyte)(a - Math.Sign(a) * fromA);
            row[i] = (sbyte)(b - Math.Sign(b) * fromB);
        }
    }

    private static double Square(double x) => x * x;
}
