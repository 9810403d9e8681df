using System.Numerics;

namespace Dla.MLNet;

/// <summary>The bits of one channel in a pixel of a BMP file.</summary>
/// <param name="mask">The bits; 0 when the file has no such channel.</param>
internal readonly struct BmpMask(uint mask)
{
    private readonly int _shift = BitOperations.TrailingZeroCount(mask) & 31;
    private readonly double _largest = mask == 0 ? 1 : mask >> BitOperations.TrailingZeroCount(mask);

    /// <summary>The channel of a pixel, scaled to 0 … 255 and rounded down.</summary>
    /// <remarks>Exact: the quotient is less than 2⁸, and at least 2⁻³² from the next integer unless it is one.</remarks>
    public int Of(uint pixel) => (int)(((pixel & mask) >> _shift) * 255.0 / _largest);
}
