namespace Dla.MLNet;

/// <summary>Unpacks GIF's variant of LZW: codes of growing width in blocks of up to 255 bytes.</summary>
internal ref struct GifLzwReader
{
    private const string Format = "GIF";
    private const int MaxCodes = 4096;

    private readonly ReadOnlySpan<byte> _data;
    private readonly int _minimumBits;
    private readonly int _clear;
    private readonly ushort[] _prefix = new ushort[MaxCodes];
    private readonly byte[] _suffix = new byte[MaxCodes];
    private readonly byte[] _pending = new byte[MaxCodes + 1];
    private int _pendingCount;
    private int _position;
    private int _block;
    private int _bits;
    private int _bitCount;
    private int _codeBits;
    private int _next;
    private int _previous = -1;
    private byte _first;

    /// <summary>Starts at the first block.</summary>
    /// <param name="minimumBits">Bits of a pixel, 1 … 11.</param>
    /// <param name="data">The blocks: a length and as many bytes each.</param>
    public GifLzwReader(int minimumBits, ReadOnlySpan<byte> data)
    {
        if (minimumBits is < 1 or > 11) throw ImageDecodeException.Corrupt(Format, $"its pixels have {minimumBits} bits");
        _data = data;
        _minimumBits = minimumBits;
        _clear = 1 << minimumBits;
        Clear();
    }

    /// <summary>Unpacks as many pixels as fit into the row.</summary>
    /// <exception cref="ImageDecodeException">The data end first, or hold a code that means nothing.</exception>
    public void Read(Span<byte> row)
    {
        for (var x = 0; x < row.Length;)
        {
            if (_pendingCount == 0) Unpack(ReadCode());
            for (; x < row.Length && _pendingCount > 0; x++) row[x] = _pending[--_pendingCount];
        }
    }

    /// <summary>Puts the pixels of one code on the stack, the last one first.</summary>
    private void Unpack(int code)
    {
        if (code == _clear)
        {
            Clear();
            return;
        }
        if (code == _clear + 1) throw ImageDecodeException.Truncated(Format);
        if (code > _next || (_previous < 0 && code > _clear)) throw ImageDecodeException.Corrupt(Format, $"code {code} stands where at most {_next} can");
        var rest = code;
        if (code == _next)
        {
            // The code that is about to be defined: the previous pixels and their first one again.
            if (_previous < 0) throw ImageDecodeException.Corrupt(Format, $"code {code} stands first");
            _pending[_pendingCount++] = _first;
            rest = _previous;
        }
        for (; rest > _clear; rest = _prefix[rest]) _pending[_pendingCount++] = _suffix[rest];
        _first = (byte)rest;
        _pending[_pendingCount++] = _first;
        if (_previous >= 0 && _next < MaxCodes)
        {
            (_prefix[_next], _suffix[_next]) = ((ushort)_previous, _first);
            _next++;
            if (_next == 1 << _codeBits && _codeBits < 12) _codeBits++;
        }
        _previous = code;
    }

    private void Clear()
    {
        _codeBits = _minimumBits + 1;
        _next = _clear + 2;
        _previous = -1;
    }

    private int ReadCode()
    {
        for (; _bitCount < _codeBits; _bitCount += 8)
        {
            if (_block == 0)
            {
                if (_position >= _data.Length || (_block = _data[_position++]) == 0) throw ImageDecodeException.Truncated(Format);
            }
            if (_position >= _data.Length) throw ImageDecodeException.Truncated(Format);
            _bits |= _data[_position++] << _bitCount;
            _block--;
        }
        var code = _bits & ((1 << _codeBits) - 1);
        _bits >>= _codeBits;
        _bitCount -= _codeBits;
        return code;
    }
}
