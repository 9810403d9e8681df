using System.Numerics.Tensors;

namespace Dla.Export;

/// <summary>The values one activation takes over many images: smallest, largest, histogram, mean of each channel.</summary>
/// <remarks>The histogram's range is a power of two, so that adding values or merging in any order gives the same counts. Not thread-safe.</remarks>
internal sealed class ActivationStatistics
{
    /// <summary>Bins over [−2^exponent, 2^exponent).</summary>
    public const int Bins = 16_384;

    private const int MinExponent = -60;
    private readonly long[] _counts = new long[Bins];
    private int _exponent = MinExponent;
    private double[] _channelSums = [];
    private long _perChannel;

    public float Min { get; private set; } = float.PositiveInfinity;

    public float Max { get; private set; } = float.NegativeInfinity;

    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>Width of a bin.</summary>
    public double BinWidth => Math.ScaleB(2, _exponent) / Bins;

    /// <summary>The value in the middle of a bin.</summary>
    public double Centre(int bin) => (bin - Bins / 2 + 0.5) * BinWidth;

    /// <summary>The mean of each channel (axis 1).</summary>
    public double[] ChannelMeans => [.. _channelSums.Select(s => s / _perChannel)];

    /// <summary>Adds the values of one run, [N, C, …].</summary>
    /// <exception cref="InvalidDataException">A value is not a finite number.</exception>
    public void Add(ReadOnlySpan<float> values, ReadOnlySpan<long> shape)
    {
        if (values.IsEmpty) return;
        var (min, max) = (TensorPrimitives.Min(values), TensorPrimitives.Max(values));   // both are NaN if any value is
        if (!float.IsFinite(min) || !float.IsFinite(max)) throw new InvalidDataException($"values from {min} to {max}, which cannot be quantized");
        (Min, Max) = (Math.Min(Min, min), Math.Max(Max, max));
        Widen(Math.Max(-min, max));

        var perUnit = (float)(1 / BinWidth);
        foreach (var value in values) _counts[(int)MathF.Floor(value * perUnit) + Bins / 2]++;

        var channels = shape.Length > 1 ? (int)shape[1] : 1;
        if (_channelSums.Length == 0) _channelSums = new double[channels];
        var plane = values.Length / (int)shape[0] / channels;
        for (var i = 0; i < values.Length / plane; i++) _channelSums[i % channels] += TensorPrimitives.Sum(values.Slice(i * plane, plane));
        _perChannel += values.Length / channels;
    }

    public void Merge(ActivationStatistics other)
    {
        (Min, Max) = (Math.Min(Min, other.Min), Math.Max(Max, other.Max));
        MergeCounts(other);
        if (_channelSums.Length == 0) _channelSums = new double[other._channelSums.Length];
        for (var i = 0; i < other._channelSums.Length; i++) _channelSums[i] += other._channelSums[i];
        _perChannel += other._perChannel;
    }

    /// <summary>The values of several activations as those of one, without channel means.</summary>
    public static ActivationStatistics Join(IEnumerable<ActivationStatistics> parts)
    {
        var all = new ActivationStatistics();
        foreach (var part in parts)
        {
            (all.Min, all.Max) = (Math.Min(all.Min, part.Min), Math.Max(all.Max, part.Max));
            all.MergeCounts(part);
        }
        return all;
    }

    private void MergeCounts(ActivationStatistics other)
    {
        if (other._exponent > _exponent) WidenTo(other._exponent);
        var halvings = _exponent - other._exponent;
        for (var i = 0; i < Bins; i++)
            if (other._counts[i] != 0) _counts[Shrunk(i, halvings)] += other._counts[i];
    }

    private void Widen(float magnitude)
    {
        var exponent = Math.Max(MinExponent, magnitude == 0 ? MinExponent : Math.ILogB(magnitude) + 1);
        if (exponent > _exponent) WidenTo(exponent);
    }

    private void WidenTo(int exponent)
    {
        var halvings = exponent - _exponent;
        var old = (long[])_counts.Clone();
        Array.Clear(_counts);
        for (var i = 0; i < Bins; i++)
            if (old[i] != 0) _counts[Shrunk(i, halvings)] += old[i];
        _exponent = exponent;
    }

    /// <summary>The bin that holds bin i when the range doubles this many times; an arithmetic shift, so that negative values stay below 0.</summary>
    private static int Shrunk(int bin, int halvings) => ((bin - Bins / 2) >> Math.Min(halvings, 31)) + Bins / 2;
}
