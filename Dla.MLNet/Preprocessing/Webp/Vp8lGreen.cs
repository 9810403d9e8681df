namespace Dla.MLNet;

/// <summary>Green was subtracted from red and blue.</summary>
internal sealed class Vp8lGreen : IVp8lTransform
{
    /// <inheritdoc/>
    public void Undo(Span<uint> row, int y)
    {
        foreach (ref var pixel in row)
        {
            var green = pixel >> 8 & 0xFF;
            pixel = (pixel & 0xFF00FF00) | ((pixel & 0xFF00FF) + (green << 16 | green) & 0xFF00FF);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
