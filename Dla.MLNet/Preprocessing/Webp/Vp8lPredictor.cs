namespace Dla.MLNet;

/// <summary>Pixels are differences from a prediction out of their neighbors, by one of 14 modes for each tile.</summary>
/// <param name="modes">The modes, in green.</param>
/// <param name="tileBits">Binary logarithm of a tile's side.</param>
/// <param name="width">Width in pixels of the rows.</param>
internal sealed class Vp8lPredictor(LargeBuffer<uint> modes, int tileBits, int width) : IVp8lTransform
{
    private const uint Black = 0xFF000000;

    /// <summary>The row above, and behind it the first pixel of the row itself, which is the neighbor above right of the last.</summary>
    private readonly LargeBuffer<uint> _above = new(width + 1);

    /// <inheritdoc/>
    public void Undo(Span<uint> row, int y)
    {
        row = row[..width];
        var above = _above.Span;
        row[0] = Add(row[0], y == 0 ? Black : above[0]);
        above[width] = row[0];
        if (y == 0)
        {
            for (var x = 1; x < width; x++) row[x] = Add(row[x], row[x - 1]);
        }
        else
        {
            var tiles = Vp8lPixels.Parts(width, tileBits);
            for (var tile = 0; tile < tiles; tile++)
            {
                var mode = modes.Span[(y >> tileBits) * tiles + tile] >> 8 & 15;
                Undo((int)mode, row, above, Math.Max(1, tile << tileBits), Math.Min(width, (tile + 1) << tileBits));
            }
        }
        row.CopyTo(above);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        modes.Dispose();
        _above.Dispose();
    }

    private static void Undo(int mode, Span<uint> row, ReadOnlySpan<uint> above, int from, int to)
    {
        if (from >= to) return;
        var left = row[from - 1];
        var corner = above[from - 1];
        for (var x = from; x < to; x++)
        {
            var (top, right) = (above[x], above[x + 1]);
            var prediction = mode switch
            {
                1 => left,
                2 => top,
                3 => right,
                4 => corner,
                5 => Average(Average(left, right), top),
                6 => Average(left, corner),
                7 => Average(left, top),
                8 => Average(corner, top),
                9 => Average(top, right),
                10 => Average(Average(left, corner), Average(top, right)),
                11 => Select(left, top, corner),
                12 => AddAndSubtract(left, top, corner),
                13 => AddHalf(Average(left, top), corner),
                _ => Black,
            };
            row[x] = left = Add(row[x], prediction);
            corner = top;
        }
    }

    /// <summary>Adds the four channels, each modulo 256.</summary>
    public static uint Add(uint a, uint b) => ((a & 0xFF00FF00) + (b & 0xFF00FF00) & 0xFF00FF00) | ((a & 0xFF00FF) + (b & 0xFF00FF) & 0xFF00FF);

    private static uint Average(uint a, uint b) => ((a ^ b) >> 1 & 0x7F7F7F7F) + (a & b);

    /// <summary>The left pixel or the one above, whichever is nearer to left + above − corner.</summary>
    private static uint Select(uint left, uint top, uint corner)
    {
        int toLeft = 0, toTop = 0;
        for (var shift = 0; shift < 32; shift += 8)
        {
            var (l, t, c) = ((int)(left >> shift & 0xFF), (int)(top >> shift & 0xFF), (int)(corner >> shift & 0xFF));
            toLeft += Math.Abs(t - c);
            toTop += Math.Abs(l - c);
        }
        return toLeft < toTop ? left : top;
    }

    private static uint AddAndSubtract(uint left, uint top, uint corner)
    {
        uint result = 0;
        for (var shift = 0; shift < 32; shift += 8)
            result |= Clip((int)(left >> shift & 0xFF) + (int)(top >> shift & 0xFF) - (int)(corner >> shift & 0xFF)) << shift;
        return result;
    }

    private static uint AddHalf(uint average, uint corner)
    {
        uint result = 0;
        for (var shift = 0; shift < 32; shift += 8)
        {
            var (a, c) = ((int)(average >> shift & 0xFF), (int)(corner >> shift & 0xFF));
            result |= Clip(a + (a - c) / 2) << shift;
        }
        return result;
    }

    private static uint Clip(int value) => (uint)Math.Clamp(value, 0, 255);
}
