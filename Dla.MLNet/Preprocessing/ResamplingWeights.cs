namespace Dla.MLNet;

/// <summary>For each pixel of a window of the resized axis: where its source pixels begin, and their weights in fixed point. The numbers are Pillow's.</summary>
/// <remarks>After Pillow 9.4's <c>Resample.c</c> (<c>precompute_coeffs</c>, <c>normalize_coeffs_8bpc</c>): computed in double, rounded to <see cref="PrecisionBits"/> bits.</remarks>
internal sealed class ResamplingWeights
{
    /// <summary>Fraction bits of a weight: 32 − 8 for the pixel − 2 for the overshoot of negative lobes and the sign.</summary>
    public const int PrecisionBits = 22;

    private double[] _exact = [];
    private int[] _starts = [];
    private int[] _counts = [];
    private int[] _weights = [];

    /// <summary>Pixels of the window.</summary>
    public int Count { get; private set; }

    /// <summary>Distance between the weights of neighbouring pixels: the most source pixels any of them has.</summary>
    public int Stride { get; private set; }

    /// <summary>First source pixel of each pixel of the window.</summary>
    public ReadOnlySpan<int> Starts => _starts.AsSpan(0, Count);

    /// <summary>Number of source pixels of each pixel of the window.</summary>
    public ReadOnlySpan<int> Counts => _counts.AsSpan(0, Count);

    /// <summary>The weights of the pixel <paramref name="index"/> of the window.</summary>
    public ReadOnlySpan<int> this[int index] => _weights.AsSpan(index * Stride, _counts[index]);

    /// <summary>Computes the weights anew, in the memory of the former ones where that is large enough.</summary>
    /// <param name="sourceSize">Pixels along the source axis.</param>
    /// <param name="resizedSize">Pixels along the whole resized axis.</param>
    /// <param name="windowStart">First pixel of the resized axis that is wanted.</param>
    /// <param name="windowSize">Number of pixels of it that are wanted.</param>
    /// <param name="interpolation">The filter.</param>
    public void Compute(int sourceSize, long resizedSize, long windowStart, int windowSize, ImageInterpolation interpolation)
    {
        var scale = (double)sourceSize / resizedSize;
        var filterScale = Math.Max(scale, 1.0);
        var support = (interpolation == ImageInterpolation.Bicubic ? 2.0 : 1.0) * filterScale;
        var inverse = 1.0 / filterScale;
        Stride = (int)Math.Min(Math.Ceiling(support) * 2 + 1, sourceSize);
        Count = windowSize;
        Grow(ref _exact, Stride);
        Grow(ref _starts, windowSize);
        Grow(ref _counts, windowSize);
        Grow(ref _weights, checked(windowSize * Stride));
        for (var i = 0; i < windowSize; i++)
        {
            var center = (windowStart + i + 0.5) * scale;
            var start = Math.Max((int)(center - support + 0.5), 0);
            var count = Math.Min((int)(center + support + 0.5), sourceSize) - start;
            var sum = 0.0;
            for (var k = 0; k < count; k++)
            {
                var x = Math.Abs((k + start - center + 0.5) * inverse);
                sum += _exact[k] = interpolation == ImageInterpolation.Bicubic ? Cubic(x) : Triangle(x);
            }
            for (var k = 0; k < count; k++)
            {
                var weight = (sum != 0.0 ? _exact[k] / sum : _exact[k]) * (1 << PrecisionBits);
                _weights[i * Stride + k] = (int)(weight < 0 ? weight - 0.5 : weight + 0.5);
            }
            (_starts[i], _counts[i]) = (start, count);
        }
    }

    private static double Triangle(double x) => x < 1.0 ? 1.0 - x : 0.0;

    private static double Cubic(double x)
    {
        const double A = -0.5;
        if (x < 1.0) return ((A + 2.0) * x - (A + 3.0)) * x * x + 1;
        return x < 2.0 ? (((x - 5) * x + 8) * x - 4) * A : 0.0;
    }

    private static void Grow<T>(ref T[] buffer, int length)
    {
        if (buffer.Length < length) buffer = new T[length];
    }
}
