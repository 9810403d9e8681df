namespace Dla.MLNet;

/// <summary>Red and blue were reduced by parts of green, and blue by a part of red, with factors for each tile.</summary>
/// <param name="factors">The factors: of green in red, green in blue and red in blue, from the lowest byte up.</param>
/// <param name="tileBits">Binary logarithm of a tile's side.</param>
/// <param name="width">Width in pixels of the rows.</param>
internal sealed class Vp8lColors(LargeBuffer<uint> factors, int tileBits, int width) : IVp8lTransform
{
    /// <inheritdoc/>
    public void Undo(Span<uint> row, int y)
    {
        var tiles = Vp8lPixels.Parts(width, tileBits);
        var tileRow = factors.Span.Slice((y >> tileBits) * tiles, tiles);
        for (var tile = 0; tile < tiles; tile++)
        {
            var factor = tileRow[tile];
            var (greenToRed, greenToBlue, redToBlue) = ((sbyte)factor, (sbyte)(factor >> 8), (sbyte)(factor >> 16));
            foreach (ref var pixel in row[(tile << tileBits)..Math.Min(width, (tile + 1) << tileBits)])
            {
                var green = (sbyte)(pixel >> 8);
                var red = (int)(pixel >> 16) + (greenToRed * green >> 5) & 0xFF;
                var blue = (int)pixel + (greenToBlue * green >> 5) + (redToBlue * (sbyte)red >> 5) & 0xFF;
                pixel = (pixel & 0xFF00FF00) | (uint)red << 16 | (uint)blue;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => factors.Dispose();
}
