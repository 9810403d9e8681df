using System.Numerics;

namespace Dla.MLNet;

/// <summary>Sums rows to a row of the window. Each byte is computed for itself, so that the vector width has no influence.</summary>
internal sealed class VerticalPass(VectorWidth vectorWidth)
{
    private readonly ResamplingWeights _weights = new();

    /// <summary>Bytes of memory that are held for the next image.</summary>
    public long HeldBytes => _weights.HeldBytes;

    /// <summary>Sets the sizes.</summary>
    /// <returns>The most rows that are summed at a time.</returns>
    public int Prepare(int sourceHeight, ResizedWindow window, ImageInterpolation interpolation)
    {
        _weights.Compute(sourceHeight, window.ResizedHeight, window.Top, window.Height, interpolation);
        return _weights.MaxTaps;
    }

    /// <summary>The source rows that the row <paramref name="y"/> of the window is summed from.</summary>
    public (int Start, int End) Rows(int y) => (_weights.Starts[y], _weights.End(y));

    /// <summary>Computes a row of the window.</summary>
    /// <param name="ring">Rows of the length of <paramref name="row"/>; the source row r is the ring's row r modulo <paramref name="ringRows"/>.</param>
    /// <param name="ringRows">Rows of the ring.</param>
    /// <param name="y">The row within the window.</param>
    /// <param name="row">Receives the bytes.</param>
    public void Run(ReadOnlySpan<byte> ring, int ringRows, int y, Span<byte> row)
    {
        var weights = _weights[y];
        var start = _weights.Starts[y] % ringRows;
        var x = 0;
        if (vectorWidth != VectorWidth.Scalar)
        {
            for (; x <= row.Length - Vector<byte>.Count; x += Vector<byte>.Count) RunVector(ring, ringRows, start, weights, x, row);
        }
        for (; x < row.Length; x++)
        {
            var sum = ResamplingWeights.Half;
            for (int k = 0, r = start; k < weights.Length; k++, r = r + 1 == ringRows ? 0 : r + 1) sum += ring[r * row.Length + x] * weights[k];
            row[x] = ResamplingWeights.Clip(sum);
        }
    }

    private static void RunVector(ReadOnlySpan<byte> ring, int ringRows, int start, ReadOnlySpan<int> weights, int x, Span<byte> row)
    {
        var sum0 = new Vector<int>(ResamplingWeights.Half);
        var (sum1, sum2, sum3) = (sum0, sum0, sum0);
        for (int k = 0, r = start; k < weights.Length; k++, r = r + 1 == ringRows ? 0 : r + 1)
        {
            var weight = new Vector<int>(weights[k]);
            Vector.Widen(new Vector<byte>(ring[(r * row.Length + x)..]), out var low, out var high);
            Vector.Widen(low, out var low0, out var low1);
            Vector.Widen(high, out var high0, out var high1);
            sum0 += Vector.AsVectorInt32(low0) * weight;
            sum1 += Vector.AsVectorInt32(low1) * weight;
            sum2 += Vector.AsVectorInt32(high0) * weight;
            sum3 += Vector.AsVectorInt32(high1) * weight;
        }
        Vector.Narrow(Vector.Narrow(Clip(sum0), Clip(sum1)), Vector.Narrow(Clip(sum2), Clip(sum3))).CopyTo(row[x..]);
    }

    private static Vector<uint> Clip(Vector<int> sums) =>
        Vector.AsVectorUInt32(Vector.Min(Vector.Max(sums >> ResamplingWeights.PrecisionBits, Vector<int>.Zero), new Vector<int>(255)));
}
