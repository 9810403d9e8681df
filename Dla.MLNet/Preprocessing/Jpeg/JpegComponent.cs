namespace Dla.MLNet;

/// <summary>How a component's samples become pixels.</summary>
internal enum JpegUpsampling
{
    /// <summary>One sample for each pixel.</summary>
    None,

    /// <summary>Each sample is repeated.</summary>
    Repeat,

    /// <summary>Half the columns: 3/4 of the nearer sample, 1/4 of the other.</summary>
    SmoothColumns,

    /// <summary>Half the rows.</summary>
    SmoothRows,

    /// <summary>Half of both.</summary>
    SmoothBoth,
}

/// <summary>One of the colors that a JPEG file stores, and its memory. It serves the next file, too.</summary>
internal sealed class JpegComponent : IDisposable
{
    /// <summary>Bytes of samples that are kept for the next image.</summary>
    private const int LargestKept = 1 << 16;

    private byte[] _kept = [];
    private LargeBuffer<byte>? _samples;
    private LargeBuffer<short>? _coefficients;
    private int _ringRows;

    /// <summary>Factors of the quantisation, in the order of rows; valid from the first scan on.</summary>
    public short[] Quantization { get; } = new short[64];

    /// <summary>Bits of each coefficient that are still unknown, in the order of the file; -1 before any scan.</summary>
    public int[] UnknownBits { get; } = new int[64];

    public int Id { get; set; }

    /// <summary>Samples in the direction of a row, for each <see cref="JpegFrame.MaxHorizontal"/> of the image.</summary>
    public int Horizontal { get; set; }

    public int Vertical { get; set; }

    public int QuantizationIndex { get; set; }

    /// <summary>Whether a scan of a progressive file gave the first bits of the DC coefficients.</summary>
    public bool HasDc { get; set; }

    /// <summary>Whether a scan has named it.</summary>
    public bool HasQuantization { get; set; }

    public HuffmanTable Dc { get; set; } = null!;

    public HuffmanTable Ac { get; set; } = null!;

    /// <summary>The last DC coefficient of the scan.</summary>
    public int LastDc { get; set; }

    public int Width { get; set; }

    public int Height { get; set; }

    /// <summary>Blocks of a row with samples of the image.</summary>
    public int Columns => (Width + 7) / 8;

    /// <summary>Rows of blocks with samples of the image.</summary>
    public int Rows => (Height + 7) / 8;

    /// <summary>Blocks of a row, those that only fill up included.</summary>
    public int BlocksPerRow { get; set; }

    /// <summary>Rows of blocks, those that only fill up included.</summary>
    public int BlockRows { get; set; }

    public JpegUpsampling Upsampling { get; set; }

    public int RepeatColumns { get; set; }

    public int RepeatRows { get; set; }

    /// <summary>Bytes of a row of samples.</summary>
    public int Stride => BlocksPerRow * 8;

    /// <summary>Samples of the last rows, in a ring, or of all.</summary>
    public Span<byte> Samples => _samples is null ? _kept : _samples.Span;

    /// <summary>All coefficients, 64 for each block.</summary>
    public Span<short> Coefficients => _coefficients is null ? [] : _coefficients.Span;

    /// <summary>Takes memory for the samples of two rows of MCUs, which is enough for rows that are written one after the other.</summary>
    public void TakeRing() => TakeSamples(2 * 8 * Vertical);

    /// <summary>Takes memory for all samples.</summary>
    public void TakePlane() => TakeSamples(8 * BlockRows);

    /// <summary>Takes memory for all coefficients, zeros at first.</summary>
    public void TakeCoefficients() => _coefficients = new(BlocksPerRow * BlockRows * 64);

    /// <summary>Gives the memory back, but for a few rows of samples that the next file can use.</summary>
    public void Dispose()
    {
        _samples?.Dispose();
        _coefficients?.Dispose();
        (_samples, _coefficients) = (null, null);
    }

    /// <summary>Where a row of samples is within <see cref="Samples"/>.</summary>
    public int RowOffset(int row) => row % _ringRows * Stride;

    /// <summary>A row of samples; the first and the last stand for those beyond.</summary>
    public ReadOnlySpan<byte> Row(int row) => Samples.Slice(RowOffset(Math.Clamp(row, 0, Height - 1)), Stride);

    private void TakeSamples(int rows)
    {
        _ringRows = rows;
        var length = checked(rows * Stride);
        if (length <= LargestKept) Scratch.Grow(ref _kept, length);
        else _samples = new(length);
    }
}
