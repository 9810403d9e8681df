using System.Numerics.Tensors;

namespace Dla.Export;

/// <summary>The energies of a signal and of its error.</summary>
internal readonly record struct NoiseRatio(double Signal, double Noise)
{
    /// <summary>10 · log10(signal / noise); 200 at most, where nothing differs, and 0 for a signal that is zero throughout.</summary>
    public double Decibels => Noise <= Signal * 1e-20 ? 200 : Signal <= 0 ? 0 : 10 * Math.Log10(Signal / Noise);

    public static NoiseRatio Of(ReadOnlySpan<float> exact, ReadOnlySpan<float> found)
    {
        if (exact.IsEmpty) return default;
        var distance = TensorPrimitives.Distance(exact, found);
        return new NoiseRatio(TensorPrimitives.SumOfSquares(exact), (double)distance * distance);
    }

    public static NoiseRatio operator +(NoiseRatio a, NoiseRatio b) => new(a.Signal + b.Signal, a.Noise + b.Noise);
}
