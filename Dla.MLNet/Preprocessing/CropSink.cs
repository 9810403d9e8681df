using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>
/// Resizes an image and crops a window of it while its rows arrive, with Pillow's arithmetic on the upright picture:
/// horizontal pass, rounding to bytes, vertical pass. Holds only the rows that are still needed. For one thread at a time.
/// </summary>
/// <remarks>
/// Stored rows are rows of the upright picture (orientations 1 to 4) or columns of it (5 to 8), in either direction.
/// Rows are resized one by one as they arrive, and sums of several results are rows of the crop.
/// Columns are summed first, because that is the picture's horizontal pass. Each sum is resized to a column of the crop.
/// </remarks>
internal sealed class CropSink(VectorWidth vectorWidth) : IPixelSink, IDisposable
{
    /// <summary>The most bytes of weights that are kept for the next image.</summary>
    private const int LargestKept = 1 << 20;

    [ThreadStatic]
    private static CropSink? _idle;

    private readonly HorizontalPass _along = new(vectorWidth);
    private readonly VerticalPass _across = new(vectorWidth);
    private Func<int, int, CropPlan> _choose = (_, _) => default;
    private ImageInterpolation _interpolation;
    private ResizedWindow _window;
    private LargeBuffer<byte>? _ring;
    private LargeBuffer<uint>? _crop;
    private uint[] _picked = [];
    private uint[] _column = [];
    private bool _gray;
    private bool _bgr;
    private bool _turned;
    private bool _rowsReversed;
    private bool _columnsReversed;
    private int _height;
    private int _top;
    private int _lines;
    private int _firstColumn;
    private int _ringRows;
    private int _ringRowLength;
    private int _arrived;
    private int _next;

    /// <summary>The window of the upright picture that <see cref="Crop"/> shows.</summary>
    public ResizedWindow Window => _turned ? _window.Transposed : _window;

    /// <summary>Width of the upright picture in pixels.</summary>
    public int Width { get; private set; }

    /// <summary>Height of the upright picture in pixels.</summary>
    public int Height { get; private set; }

    /// <summary>The window's pixels, row by row, once all rows of the image have arrived. The sink owns their memory.</summary>
    public ReadOnlySpan<uint> Crop => _crop is not null && _arrived == _height
        ? _crop.Span
        : throw new InvalidOperationException(
            $"{_arrived} of {_height} rows have arrived. Decode the whole image into the sink first.");

    /// <summary>This thread's sink, or a new one while that is in use.</summary>
    /// <inheritdoc cref="Prepare"/>
    public static CropSink Rent(
        Func<int, int, CropPlan> choose, ImageInterpolation interpolation, bool gray = false, bool bgr = false)
    {
        var sink = _idle ?? new(VectorWidths.Widest);
        _idle = null;
        return sink.Prepare(choose, interpolation, gray, bgr);
    }

    /// <summary>Sets what is done to the next image.</summary>
    /// <param name="choose">Gives the box and the window for the width and height of the upright picture.</param>
    /// <param name="interpolation">The filter.</param>
    /// <param name="gray">Whether the image is made gray before it is resized.</param>
    /// <param name="bgr">Whether the first byte of a pixel is blue rather than red.</param>
    public CropSink Prepare(
        Func<int, int, CropPlan> choose, ImageInterpolation interpolation, bool gray = false, bool bgr = false)
    {
        (_choose, _interpolation, _gray, _bgr) = (choose, interpolation, gray, bgr);
        return this;
    }

    /// <inheritdoc/>
    public void Begin(int width, int height, int orientation)
    {
        _turned = orientation is >= 5 and <= 8;
        _rowsReversed = orientation is 3 or 4 or 6 or 7;
        _columnsReversed = orientation is 2 or 3 or 7 or 8;
        (Width, Height) = _turned ? (height, width) : (width, height);
        var plan = _choose(Width, Height);
        if (_turned) plan = plan.Transposed;
        _window = plan.Window;
        var resizedLength = _along.Prepare(plan.Width, 4, _window, _interpolation);
        _ringRows = _across.Prepare(plan.Height, _window, _interpolation);
        _ringRowLength = _turned ? _along.Columns * 4 : resizedLength;
        var left = plan.Left + _along.FirstColumn;
        _firstColumn = _columnsReversed ? width - left - _along.Columns : left;
        (_height, _top, _lines, _arrived) = (height, plan.Top, _window.Height, 0);
        _next = _rowsReversed ? _lines - 1 : 0;
        Scratch.Grow(ref _picked, _along.Columns);
        Scratch.Grow(ref _column, _window.Width);
        Free();
        _ring = new(checked(_ringRows * _ringRowLength), clear: false);
        _crop = new(checked(_window.Width * _window.Height), clear: false);
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<uint> row)
    {
        var y = (_rowsReversed ? _height - 1 - _arrived : _arrived) - _top;   // within the box
        _arrived++;
        if (y < _across.Rows(0).Start || y >= _across.Rows(_lines - 1).End) return;
        var needed = row.Slice(_firstColumn, _along.Columns);
        var slot = _ring!.Span.Slice(y % _ringRows * _ringRowLength, _ringRowLength);
        if (_turned) Pick(needed, MemoryMarshal.Cast<byte, uint>(slot));
        else if (_columnsReversed || _gray) _along.Run(MemoryMarshal.AsBytes(Pick(needed, _picked)), slot);
        else _along.Run(MemoryMarshal.AsBytes(needed), slot);

        if (_rowsReversed) for (; _next >= 0 && _across.Rows(_next).Start >= y; _next--) Emit(_next);
        else for (; _next < _lines && _across.Rows(_next).End <= y + 1; _next++) Emit(_next);
    }

    /// <summary>Takes all rows of an image that is in memory, in either order of the colors.</summary>
    public void Write(MLImage image)
    {
        var colors = MemoryMarshal.Cast<byte, uint>(image.Pixels);
        Begin(image.Width, image.Height, ExifOrientation.Upright);
        for (var y = 0; y < image.Height; y++) Write(colors.Slice(y * image.Width, image.Width));
    }

    /// <summary>Keeps the sink for the thread's next image.</summary>
    public void Dispose()
    {
        Free();
        if (_along.HeldBytes + _across.HeldBytes + 4L * _picked.Length <= LargestKept) _idle = this;
    }

    private void Free()
    {
        _ring?.Dispose();
        _crop?.Dispose();
        (_ring, _crop) = (null, null);
    }

    /// <summary>Copies pixels of a stored row in the direction of the upright picture, gray for gray networks.</summary>
    private ReadOnlySpan<uint> Pick(ReadOnlySpan<uint> needed, Span<uint> picked)
    {
        picked = picked[..needed.Length];
        if (_gray) GrayPixels.Convert(needed, _bgr, picked);
        else needed.CopyTo(picked);
        if (_columnsReversed) picked.Reverse();
        return picked;
    }

    /// <summary>Computes a row of the crop, or a column of it, from the stored rows that it needs.</summary>
    private void Emit(int index)
    {
        var crop = _crop!.Span;
        if (!_turned)
        {
            var row = MemoryMarshal.AsBytes(crop.Slice(index * _window.Width, _window.Width));
            _across.Run(_ring!.Span, _ringRows, index, row);
            return;
        }
        var sums = MemoryMarshal.AsBytes(_picked.AsSpan(0, _along.Columns));
        var column = _column.AsSpan(0, _window.Width);
        _across.Run(_ring!.Span, _ringRows, index, sums);
        _along.Run(sums, MemoryMarshal.AsBytes(column));
        for (var y = 0; y < column.Length; y++) crop[y * _lines + index] = column[y];
    }
}
