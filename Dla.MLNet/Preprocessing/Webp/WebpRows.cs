namespace Dla.MLNet;

/// <summary>Places the rows of a WebP frame on its canvas, which is black beside the frame.</summary>
internal sealed class WebpRows : IDisposable
{
    private const uint Black = 0xFF000000;

    private readonly LargeBuffer<uint> _row;
    private readonly IPixelSink _sink;
    private readonly int _left;
    private readonly int _rowsBelow;

    /// <summary>Announces the image and writes the rows above the frame.</summary>
    public WebpRows(WebpFile file, IPixelSink sink)
    {
        (_sink, _left, _rowsBelow) = (sink, file.Left, file.CanvasHeight - file.Top - file.Height);
        _row = new(file.CanvasWidth);
        sink.Begin(file.CanvasWidth, file.CanvasHeight, file.Orientation);
        WriteEmpty(file.Top);
    }

    /// <summary>Writes the next row of the frame.</summary>
    public void Write(ReadOnlySpan<uint> row)
    {
        if (row.Length == _row.Length)
        {
            _sink.Write(row);
            return;
        }
        row.CopyTo(_row.Span[_left..]);
        _sink.Write(_row.Span);
    }

    /// <summary>Writes the rows below the frame.</summary>
    public void Finish() => WriteEmpty(_rowsBelow);

    /// <inheritdoc/>
    public void Dispose() => _row.Dispose();

    private void WriteEmpty(int rows)
    {
        _row.Span.Fill(Black);
        for (; rows > 0; rows--) _sink.Write(_row.Span);
    }
}
