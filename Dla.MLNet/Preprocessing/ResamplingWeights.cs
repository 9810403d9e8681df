namespace Dla.MLNet;

/// <summary>
/// For each pixel of a window of the resized axis: where its source pixels begin, and their weights in fixed point. The numbers are Pillow's.
/// </summary>
/// <remarks>
/// After Pillow 9.4's <c>Resample.c</c> (<c>precompute_coeffs</c>, <c>normalize_coeffs_8bpc</c>): computed in double, rounded to
/// <see cref="PrecisionBits"/> bits.
/// </remarks>
internal sealed class ResamplingWeights
{
    /// <summary>Fraction bits of a weight: 32 − 8 for the pixel − 2 for the overshoot of negative lobes and the sign.</summary>
    public const int PrecisionBits = 22;

    /// <summary>One half, which rounds a weighted sum to the nearest.</summary>
    public const int Half = 1 << (PrecisionBits - 1);

    private double[] _exact = [];
    private int[] _starts = [];
    private int[] _counts = [];
    private int[] _weights = [];
    private int _stride;

    /// <summary>Pixels of the window.</summary>
    public int Count { get; private set; }

    /// <summary>The most source pixels that a pixel of the window has.</summary>
    public int MaxTaps { get; private set; }

    /// <summary>Bytes of memory that are held for the next image.</summary>
    public long HeldBytes => sizeof(double) * (long)_exact.Length + sizeof(int) * ((long)_starts.Length + _counts.Length + _weights.Length);

    /// <summary>First source pixel of each pixel of the window; never falls.</summary>
    public ReadOnlySpan<int> Starts => _starts.AsSpan(0, Count);

    /// <summary>The source pixel after the last one of a pixel of the window; never falls.</summary>
    public int End(int index) => _starts[index] + _counts[index];

    /// <summary>The weights of a pixel of the window, one for each of its source pixels.</summary>
    public ReadOnlySpan<int> this[int index] => _weights.AsSpan(index * _stride, _counts[index]);

    /// <summary>A weighted sum (begun at <see cref="Half"/>) as a byte.</summary>
    public static byte Clip(int sum) => (byte)Math.Clamp(sum >> PrecisionBits, 0, 255);

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
        (Count, MaxTaps) = (windowSize, 0);
        _stride = (int)Math.Min(Math.Ceiling(support) * 2 + 1, sourceSize);
        Scratch.Grow(ref _exact, _stride);
        Scratch.Grow(ref _starts, windowSize);
        Scratch.Grow(ref _counts, windowSize);
        Scratch.Grow(ref _weights, checked(windowSize * _stride));
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
                _weights[i * _stride + k] = (int)(weight < 0 ? weight - 0.5 : weight + 0.5);
            }
            (_starts[i], _counts[i], MaxTaps) = (start, count, Math.Max(MaxTaps, count));
        }
    }

    private static double Triangle(double x) => x < 1.0 ? 1.0 - x : 0.0;

    private static double Cubic(double x)
    {
        const double A = -0.5;
        if (x < 1.0) return ((A + 2.0) * x - (A + 3.0)) * x * x + 1;
        return x < 2.0 ? (((x - 5) * x + 8) * x - 4) * A : 0.0;
    }
}
