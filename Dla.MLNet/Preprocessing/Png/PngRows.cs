using System.Runtime.InteropServices;

namespace Dla.MLNet;

/// <summary>Makes decoded pixels of the filtered rows of a PNG file, one row after the other.</summary>
internal sealed class PngRows : IDisposable
{
    private readonly PngHeader _header;
    private readonly PngColors _colors;
    private readonly LargeBuffer<ulong> _rows;   // the row above and the row itself, which change places
    private readonly LargeBuffer<uint> _expanded;
    private int _pixels;
    private int _length;
    private bool _second;

    /// <summary>Takes memory for rows of the image's width.</summary>
    public PngRows(PngHeader header, ReadOnlySpan<byte> palette)
    {
        _header = header;
        _colors = new(header, palette);
        _rows = new(2 * Words(MemoryLength(header.Width)));
        _expanded = new(IsExpanded ? 0 : header.Width);
    }

    /// <summary>Whether the filters work on decoded pixels.</summary>
    private bool IsExpanded => _header is { BitDepth: 8, ColorType: PngColorType.Rgb or PngColorType.Rgba };

    /// <summary>Announces rows of an image, or of an interlaced pass.</summary>
    public void Begin(int pixels)
    {
        (_pixels, _length) = (pixels, MemoryLength(pixels));
        Row(_second).Clear();
    }

    /// <summary>Decodes the next row.</summary>
    /// <param name="filtered">The filter byte, the row's bytes, and <see cref="PngRowReader.Margin"/> readable bytes.</param>
    /// <returns>The pixels, valid until the next call.</returns>
    /// <exception cref="ImageDecodeException">The row's filter is unknown.</exception>
    public ReadOnlySpan<uint> Next(ReadOnlySpan<byte> filtered)
    {
        var above = Row(_second);
        _second = !_second;
        var row = Row(_second);
        switch (_header.BitsPerPixel)
        {
            case 16:
                PngFilters<PngTwoBytes>.Undo(filtered, above, row);
                break;
            case 24:
                PngFilters<PngRgb>.Undo(filtered, above, row);
                break;
            case 32 when _header.ColorType == PngColorType.Rgba:
                PngFilters<PngRgba>.Undo(filtered, above, row);
                break;
            case 32:
                PngFilters<PngFourBytes>.Undo(filtered, above, row);
                break;
            case 48:
                PngFilters<PngSixBytes>.Undo(filtered, above, row);
                break;
            case 64:
                PngFilters<PngEightBytes>.Undo(filtered, above, row);
                break;
            default:
                PngFilters<PngByte>.Undo(filtered, above, row);
                break;
        }
        if (IsExpanded) return MemoryMarshal.Cast<byte, uint>(row);
        var pixels = _expanded.Span[.._pixels];
        _colors.Expand(row, pixels);
        return pixels;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        _expanded.Dispose();
    }

    private static int Words(int bytes) => bytes / 8 + 1;

    /// <summary>Bytes of a row in memory, where three channels have the room of four.</summary>
    private int MemoryLength(int pixels) => _header.ColorType == PngColorType.Rgb ? pixels * _header.BitDepth / 2 : _header.RowLength(pixels);

    private Span<byte> Row(bool second)
    {
        var words = _rows.Length / 2;
        return MemoryMarshal.AsBytes(_rows.Span.Slice(second ? words : 0, words))[.._length];
    }
}
