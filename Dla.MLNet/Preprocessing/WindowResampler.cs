namespace Dla.MLNet;

/// <summary>Resizes the part of an image that is wanted, row by row, with Pillow's arithmetic: horizontal pass, rounding to bytes, vertical pass.</summary>
/// <remarks>Holds weights and a few rows of scratch, which later images reuse. For one thread at a time.</remarks>
internal sealed class WindowResampler
{
    private const int Half = 1 << (ResamplingWeights.PrecisionBits - 1);

    [ThreadStatic]
    private static WindowResampler? _idle;

    private readonly ResamplingWeights _horizontal = new();
    private readonly ResamplingWeights _vertical = new();
    private byte[] _rows = [];
    private int _ringRows;
    private int _nextRow;
    private int _channels;

    /// <summary>This thread's resampler, or a new one while that is in use.</summary>
    public static WindowResampler Rent()
    {
        var rented = _idle ?? new();
        _idle = null;
        return rented;
    }

    /// <summary>Keeps a resampler for the thread's next image.</summary>
    public static void Return(WindowResampler resampler) => _idle = resampler;

    /// <summary>Sets the sizes: the source, the whole resized image, and the window of it that <see cref="ReadRow"/> gives.</summary>
    public void Prepare(int width, int height, int channels, ResizedWindow window, ImageInterpolation interpolation)
    {
        _channels = channels;
        _horizontal.Compute(width, window.ResizedWidth, window.Left, window.Width, interpolation);
        _vertical.Compute(height, window.ResizedHeight, window.Top, window.Height, interpolation);
        _ringRows = _vertical.Stride;
        _nextRow = 0;
        var length = checked(_ringRows * window.Width * channels);
        if (_rows.Length < length) _rows = new byte[length];
    }

    /// <summary>Computes one row of the window. Rows must be asked for from the top down.</summary>
    /// <param name="source">The whole source image, interleaved channels.</param>
    /// <param name="stride">Bytes from one source row to the next.</param>
    /// <param name="y">The row within the window.</param>
    /// <param name="row">Receives window width · channels bytes.</param>
    public void ReadRow(ReadOnlySpan<byte> source, int stride, int y, Span<byte> row)
    {
        var rowLength = _horizontal.Count * _channels;
        var start = _vertical.Starts[y];
        var weights = _vertical[y];
        for (_nextRow = Math.Max(_nextRow, start); _nextRow < start + weights.Length; _nextRow++)
            ResizeRow(source[(_nextRow * stride)..], _rows.AsSpan(_nextRow % _ringRows * rowLength, rowLength));
        for (var x = 0; x < rowLength; x++)
        {
            var sum = Half;
            for (var k = 0; k < weights.Length; k++) sum += _rows[(start + k) % _ringRows * rowLength + x] * weights[k];
            row[x] = Clip(sum);
        }
    }

    private void ResizeRow(ReadOnlySpan<byte> source, Span<byte> row)
    {
        for (var x = 0; x < _horizontal.Count; x++)
        {
            var pixels = source[(_horizontal.Starts[x] * _channels)..];
            var weights = _horizontal[x];
            for (var c = 0; c < _channels; c++)
            {
                var sum = Half;
                for (var k = 0; k < weights.Length; k++) sum += pixels[k * _channels + c] * weights[k];
                row[x * _channels + c] = Clip(sum);
            }
        }
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResamplingWeights.PrecisionBits, 0, 255);
}
