using System.IO.Compression;

namespace Dla.MLNet;

/// <summary>Inflates the filtered rows of a PNG file, several at a time.</summary>
internal sealed unsafe class PngRowReader : IDisposable
{
    /// <summary>Readable bytes behind a row, so that a pixel can be loaded as a larger number.</summary>
    public const int Margin = 8;

    private const string Format = "PNG";

    /// <summary>Bytes that are inflated at a time: they stay in the processor's cache until they are read.</summary>
    private const int BlockLength = 1 << 16;

    private readonly PngDataStream _data;
    private readonly ZLibStream _zlib;
    private readonly LargeBuffer<byte> _block;
    private int _stride;
    private int _rowsLeft;
    private int _at;
    private int _end;

    /// <summary>Starts before the first row.</summary>
    /// <param name="chunks">The IDAT chunks, which stay in place.</param>
    /// <param name="length">Bytes of the chunks.</param>
    /// <param name="longestRow">The most bytes of a row, with its filter byte.</param>
    /// <param name="total">Bytes of all rows.</param>
    public PngRowReader(byte* chunks, int length, int longestRow, long total)
    {
        // Deflate stores what it cannot compress. Beyond twice the size it is no compressor's output, but work for nothing.
        _data = new(chunks, length, 2 * total + BlockLength);
        _zlib = new(_data, CompressionMode.Decompress);
        _block = new(Math.Max(BlockLength, longestRow) + Margin);
    }

    /// <summary>Announces rows of one length: those of the image, or of an interlaced pass.</summary>
    /// <param name="rowLength">Bytes of a row, without the filter byte.</param>
    /// <param name="rows">Their number.</param>
    public void Begin(int rowLength, int rows) => (_stride, _rowsLeft) = (rowLength + 1, rows);

    /// <summary>The filter byte and the bytes of the next row, followed by <see cref="Margin"/> readable bytes.</summary>
    /// <exception cref="ImageDecodeException">The data end before the row does, or are damaged.</exception>
    public ReadOnlySpan<byte> Next()
    {
        if (_at == _end) Fill();
        _at += _stride;
        return _block.Span.Slice(_at - _stride, _stride + Margin);
    }

    /// <summary>Asserts that the data end, with a checksum that is right. Further rows, if any, are left unread.</summary>
    /// <exception cref="ImageDecodeException">The data are cut off or damaged.</exception>
    public void Finish()
    {
        if (Read(_block.Span[..1]) == 0 && _data.Exhausted) throw ImageDecodeException.Truncated(Format);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _zlib.Dispose();
        _data.Dispose();
        _block.Dispose();
    }

    private void Fill()
    {
        var rows = Math.Clamp(BlockLength / _stride, 1, _rowsLeft);
        _rowsLeft -= rows;
        (_at, _end) = (0, rows * _stride);
        var block = _block.Span[.._end];
        for (int filled = 0, read; filled < _end; filled += read)
        {
            read = Read(block[filled..]);
            if (read == 0) throw ImageDecodeException.Truncated(Format);
        }
    }

    private int Read(Span<byte> bytes)
    {
        try
        {
            return _zlib.Read(bytes);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw ImageDecodeException.Corrupt(Format, "its compressed pixels are damaged");
        }
    }
}
