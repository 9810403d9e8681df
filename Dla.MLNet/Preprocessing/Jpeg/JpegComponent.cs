using System.Buffers;

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

/// <summary>One of the colours that a JPEG file stores, and its memory.</summary>
internal sealed class JpegComponent
{
    private byte[] _samples = [];
    private short[]? _coefficients;
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

    public bool HasQuantization { get; set; }

    public HuffmanTable Dc { get; set; } = null!;

    public HuffmanTable Ac { get; set; } = null!;

    /// <summary>The last DC coefficient of the scan.</summary>
    public int LastDc { get; set; }

    public int Width { get; set; }

    public int Height { get; set; }

    /// <summary>Blocks of a row, those that only fill up included.</summary>
    public int BlocksPerRow { get; set; }

    /// <summary>Rows of blocks, those that only fill up included.</summary>
    public int BlockRows { get; set; }

    public JpegUpsampling Upsampling { get; set; }

    public int RepeatColumns { get; set; }

    public int RepeatRows { get; set; }

    /// <summary>Bytes of a row of samples.</summary>
    public int Stride => BlocksPerRow * 8;

    /// <summary>Samples of two rows of MCUs, in a ring.</summary>
    public Span<byte> Samples => _samples;

    /// <summary>All coefficients, 64 for each block.</summary>
    public Span<short> Coefficients => _coefficients.AsSpan(0, BlocksPerRow * BlockRows * 64);

    /// <summary>Takes memory for the samples of two rows of MCUs.</summary>
    public void GrowSamples()
    {
        _ringRows = 2 * 8 * Vertical;
        Scratch.Grow(ref _samples, checked(_ringRows * Stride));
    }

    /// <summary>Where a row of samples is within <see cref="Samples"/>.</summary>
    public int RowOffset(int row) => row % _ringRows * Stride;

    /// <summary>A row of samples; the first and the last stand for those beyond.</summary>
    public ReadOnlySpan<byte> Row(int row) => _samples.AsSpan(RowOffset(Math.Clamp(row, 0, Height - 1)), Stride);

    /// <summary>Rents memory for all coefficients, cleared.</summary>
    public void RentCoefficients()
    {
        _coefficients = ArrayPool<short>.Shared.Rent(BlocksPerRow * BlockRows * 64);
        Coefficients.Clear();
    }

    public void ReturnCoefficients()
    {
        if (_coefficients is not null) ArrayPool<short>.Shared.Return(_coefficients);
        _coefficients = null;
    }
}
