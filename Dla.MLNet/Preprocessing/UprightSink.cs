namespace Dla.MLNet;

/// <summary>Collects a whole image and turns it upright while its rows arrive.</summary>
internal abstract class UprightSink : IPixelSink
{
    /// <summary>Rows that are turned together, so that what is read and what is written both stay in the cache.</summary>
    private const int StripRows = 16;

    private UprightLayout _layout;
    private uint[] _strip = [];
    private int _storedHeight;
    private int _y;

    /// <inheritdoc/>
    public void Begin(int width, int height, int orientation)
    {
        _layout = UprightLayout.Of(width, height, orientation);
        (_storedHeight, _y) = (height, 0);
        if (_layout.IsTurned) _strip = GC.AllocateUninitializedArray<uint>(width * Math.Min(StripRows, height));
        Allocate(_layout.Width, _layout.Height);
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<uint> row)
    {
        if (!_layout.IsTurned) Put(_layout.First + _y * _layout.Row, _layout.Column, row);
        else
        {
            row.CopyTo(_strip.AsSpan(_y % StripRows * row.Length));
            if (_y % StripRows == StripRows - 1 || _y == _storedHeight - 1)
                PutColumns(_y - _y % StripRows, _y % StripRows + 1, row.Length);
        }
        _y++;
    }

    /// <summary>Takes memory for an image of these sizes.</summary>
    protected abstract void Allocate(int width, int height);

    /// <summary>
    /// Writes pixels to the places <paramref name="first"/>, <paramref name="first"/> + <paramref name="step"/>, …
    /// </summary>
    protected abstract void Put(int first, int step, ReadOnlySpan<uint> pixels);

    private void PutColumns(int top, int rows, int width)
    {
        Span<uint> column = stackalloc uint[StripRows];
        for (var x = 0; x < width; x++)
        {
            for (var k = 0; k < rows; k++) column[k] = _strip[k * width + x];
            Put(_layout.First + x * _layout.Column + top * _layout.Row, _layout.Row, column[..rows]);
        }
    }
}
