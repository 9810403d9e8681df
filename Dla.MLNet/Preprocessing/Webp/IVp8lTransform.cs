namespace Dla.MLNet;

/// <summary>Undoes one of the transforms of a lossless WebP picture, row by row from the top.</summary>
internal interface IVp8lTransform : IDisposable
{
    /// <summary>Undoes the transform in a row.</summary>
    /// <param name="row">
    /// The row, of the picture's width. A palette of few colors finds its packed pixels at the beginning.
    /// </param>
    /// <param name="y">The row's number.</param>
    public void Undo(Span<uint> row, int y);
}
