namespace Dla.MLNet;

/// <summary>Pixels are indices into a palette, in green. Of a small palette several are packed into one.</summary>
/// <param name="colors">The palette.</param>
/// <param name="width">Width in pixels of the unpacked rows.</param>
internal sealed class Vp8lPalette(uint[] colors, int width) : IVp8lTransform
{
    private readonly int _packBits = PackBits(colors.Length);

    /// <summary>Binary logarithm of the indices in a pixel.</summary>
    public static int PackBits(int colors) => colors switch { <= 2 => 3, <= 4 => 2, <= 16 => 1, _ => 0 };

    /// <inheritdoc/>
    public void Undo(Span<uint> row, int y)
    {
        var (bits, mask) = (8 >> _packBits, (1u << (8 >> _packBits)) - 1);
        // From the right, because a packed pixel is never right of the pixels that it becomes.
        for (var x = width - 1; x >= 0; x--)
        {
            var packed = row[x >> _packBits] >> 8 & 0xFF;
            var index = packed >> ((x & ((1 << _packBits) - 1)) * bits) & mask;
            row[x] = index < (uint)colors.Length ? colors[index] : 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
