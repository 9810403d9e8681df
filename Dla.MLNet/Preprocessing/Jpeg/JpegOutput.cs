namespace Dla.MLNet;

/// <summary>Makes pixels of samples and hands them to a sink, row by row.</summary>
internal sealed class JpegOutput(JpegFrame frame, VectorWidth vectorWidth)
{
    /// <summary>Bytes of a buffer that are kept for the next image.</summary>
    public const int LargestKept = 1 << 16;

    private readonly JpegRows[] _rows = [new(vectorWidth), new(vectorWidth), new(vectorWidth), new(vectorWidth)];
    private uint[] _pixels = [];
    private int _done;

    /// <summary>Begins with the first row.</summary>
    public void Begin(IPixelSink sink)
    {
        _done = 0;
        Scratch.Grow(ref _pixels, frame.Width);
        sink.Begin(frame.Width, frame.Height, frame.Orientation);
    }

    /// <summary>Writes the pixels whose samples are complete after a row of MCUs.</summary>
    public void Write(int mcuRow, IPixelSink sink)
    {
        // The last rows wait for the samples below.
        var end = mcuRow == frame.McuRows - 1 ? frame.Height : (mcuRow + 1) * 8 * frame.MaxVertical - frame.MaxVertical;
        var pixels = _pixels.AsSpan(0, frame.Width);
        for (; _done < end; _done++)
        {
            Convert(_done, pixels);
            sink.Write(pixels);
        }
    }

    /// <summary>Gives back what only a wide image needs.</summary>
    public void Release()
    {
        Scratch.Shrink(ref _pixels, LargestKept);
        foreach (var rows in _rows) rows.Release();
    }

    private void Convert(int y, Span<uint> pixels)
    {
        var first = Row(0, y);
        switch (frame.Colors)
        {
            case JpegColors.Gray:
                JpegPixels.FromGray(first, pixels);
                break;
            case JpegColors.Ycc:
                JpegPixels.FromYcc(first, Row(1, y), Row(2, y), pixels, vectorWidth);
                break;
            case JpegColors.Rgb:
                JpegPixels.FromRgb(first, Row(1, y), Row(2, y), pixels, vectorWidth);
                break;
            case JpegColors.Cmyk:
                JpegPixels.FromCmyk(first, Row(1, y), Row(2, y), Row(3, y), pixels, vectorWidth);
                break;
            default:
                JpegPixels.FromYcck(first, Row(1, y), Row(2, y), Row(3, y), pixels, vectorWidth);
                break;
        }
    }

    private ReadOnlySpan<byte> Row(int component, int y) => _rows[component].Get(frame.Components[component], y, frame.Width);
}
