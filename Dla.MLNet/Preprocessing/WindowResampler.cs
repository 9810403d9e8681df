namespace Dla.MLNet;

/// <summary>Resizes the part of an image that is wanted, row by row, with Pillow's arithmetic: horizontal pass, rounding to bytes, vertical pass.</summary>
/// <remarks>
/// Source rows and columns without influence on the window are not touched. Holds weights and a few rows, which later images reuse. For one thread at a
/// time.
/// </remarks>
internal sealed class WindowResampler(VectorWidth vectorWidth)
{
    [ThreadStatic]
    private static WindowResampler? _idle;

    private readonly HorizontalPass _horizontal = new(vectorWidth);
    private readonly VerticalPass _vertical = new(vectorWidth);
    private byte[] _ring = [];
    private byte[] _row = [];
    private int _channels;
    private int _rowLength;
    private int _ringRows;
    private int _nextRow;

    /// <summary>This thread's resampler, or a new one while that is in use.</summary>
    public static WindowResampler Rent()
    {
        var rented = _idle ?? new(VectorWidths.Widest);
        _idle = null;
        return rented;
    }

    /// <summary>Keeps a resampler for the thread's next image.</summary>
    public static void Return(WindowResampler resampler) => _idle = resampler;

    /// <summary>Sets the sizes: the source, the whole resized image, and the window of it that <see cref="ReadRow"/> gives.</summary>
    /// <returns>Memory for a row of the window.</returns>
    public Span<byte> Prepare(int width, int height, int channels, ResizedWindow window, ImageInterpolation interpolation)
    {
        _channels = channels;
        _rowLength = _horizontal.Prepare(width, channels, window, interpolation);
        _ringRows = _vertical.Prepare(height, window, interpolation);
        _nextRow = 0;
        Scratch.Grow(ref _ring, checked(_ringRows * _rowLength));
        Scratch.Grow(ref _row, _rowLength);
        return _row.AsSpan(0, _rowLength);
    }

    /// <summary>Computes one row of the window. Rows must be asked for from the top down.</summary>
    /// <param name="source">The whole source image, interleaved channels.</param>
    /// <param name="stride">Bytes from one source row to the next.</param>
    /// <param name="y">The row within the window.</param>
    /// <param name="row">Receives window width · channels bytes.</param>
    public void ReadRow(ReadOnlySpan<byte> source, int stride, int y, Span<byte> row)
    {
        var (start, end) = _vertical.Rows(y);
        for (_nextRow = Math.Max(_nextRow, start); _nextRow < end; _nextRow++)
        {
            var first = _nextRow * stride + _horizontal.FirstColumn * _channels;
            var columns = source.Slice(first, _horizontal.Columns * _channels);
            _horizontal.Run(columns, _ring.AsSpan(_nextRow % _ringRows * _rowLength, _rowLength));
        }
        _vertical.Run(_ring.AsSpan(0, _ringRows * _rowLength), _ringRows, y, row[.._rowLength]);
    }
}
