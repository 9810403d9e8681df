using System.Buffers.Binary;

namespace Dla.MLNet;

/// <summary>The Huffman and quantization tables that a JPEG file has defined so far, four of each kind.</summary>
internal sealed class JpegTables
{
    private const int Count = 4;

    private readonly HuffmanTable[] _dc = [new(), new(), new(), new()];
    private readonly HuffmanTable[] _ac = [new(), new(), new(), new()];
    private readonly short[] _factors = new short[Count * 64];
    private readonly bool[] _hasFactors = new bool[Count];

    /// <summary>Forgets the tables of the file before.</summary>
    public void Reset()
    {
        foreach (var table in _dc) table.Reset();
        foreach (var table in _ac) table.Reset();
        _hasFactors.AsSpan().Clear();
    }

    /// <summary>The Huffman table of DC coefficients with an index of a scan header.</summary>
    public HuffmanTable Dc(int index) => Find(_dc, index);

    /// <summary>The Huffman table of AC coefficients with an index of a scan header.</summary>
    public HuffmanTable Ac(int index) => Find(_ac, index);

    /// <summary>
    /// Defines the tables of luminance (0) and chrominance (1) that the file has not: the "typical" ones of T.81 K.3.
    /// Frames of motion JPEG leave them out.
    /// </summary>
    public void DefineMissing()
    {
        for (var i = 0; i < 2; i++)
        {
            if (!_dc[i].IsDefined) _dc[i].Define(StandardHuffmanTables.Dc(i));
            if (!_ac[i].IsDefined) _ac[i].Define(StandardHuffmanTables.Ac(i));
        }
    }

    /// <summary>Copies the factors of a quantization table, in the order of rows.</summary>
    /// <exception cref="ImageDecodeException">The file has not defined the table.</exception>
    public void CopyQuantization(int index, Span<short> factors)
    {
        if (index >= Count || !_hasFactors[index]) throw JpegDecoder.Corrupt($"its quantization table {index} is missing");
        _factors.AsSpan(index * 64, 64).CopyTo(factors);
    }

    /// <summary>Reads a segment of Huffman tables (DHT).</summary>
    public void ReadHuffman(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 16)
        {
            var index = segment[0];
            var count = 0;
            foreach (var ofLength in segment[1..17]) count += ofLength;
            if ((index & ~0x10) >= Count || count > 256 || count > segment.Length - 17) throw JpegDecoder.Corrupt("a Huffman table is malformed");
            (index >= 0x10 ? _ac : _dc)[index & 3].Define(segment.Slice(1, 16 + count));
            segment = segment[(17 + count)..];
        }
        if (segment.Length != 0) throw JpegDecoder.Corrupt("a segment of Huffman tables has a wrong length");
    }

    /// <summary>Reads a segment of quantization tables (DQT).</summary>
    public void ReadQuantization(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 0)
        {
            var (index, bytes) = (segment[0] & 15, segment[0] >> 4 == 0 ? 1 : 2);
            if (index >= Count || segment.Length < 1 + 64 * bytes) throw JpegDecoder.Corrupt("a quantization table is malformed");
            for (var i = 0; i < 64; i++)
            {
                var factor = bytes == 1 ? segment[1 + i] : BinaryPrimitives.ReadUInt16BigEndian(segment[(1 + 2 * i)..]);
                _factors[index * 64 + JpegScan.RowOrder[i]] = (short)factor;
            }
            _hasFactors[index] = true;
            segment = segment[(1 + 64 * bytes)..];
        }
    }

    private static HuffmanTable Find(HuffmanTable[] tables, int index) =>
        index < Count ? tables[index] : throw JpegDecoder.Corrupt($"a scan uses the Huffman table {index}. Expected 0 to 3");
}
