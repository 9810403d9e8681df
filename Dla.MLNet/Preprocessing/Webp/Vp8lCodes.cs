namespace Dla.MLNet;

/// <summary>Reads prefix codes and holds their tables.</summary>
/// <param name="limit">The most entries of the tables, so that a small file cannot ask for much memory.</param>
internal sealed class Vp8lCodes(long limit)
{
    private const int MaxLength = 15;
    private const int FirstBits = 8;

    /// <summary>The flag of an entry that leads to another table; its value is then the table's offset, its length the bits of its index.</summary>
    private const uint Link = 1u << 31;

    private readonly int[] _lengths = new int[256 + 24 + (1 << 11)];
    private uint[] _table = new uint[1024];
    private int _used;

    /// <summary>Reads one code.</summary>
    /// <param name="bits">The bitstream.</param>
    /// <param name="symbols">Number of symbols.</param>
    /// <exception cref="ImageDecodeException">The lengths make no code, or the tables are too large.</exception>
    public Vp8lCode Read(ref Vp8lBits bits, int symbols)
    {
        var lengths = _lengths.AsSpan();
        lengths.Clear();
        if (bits.ReadFlag())
        {
            var two = bits.ReadFlag();
            lengths[bits.Read(bits.ReadFlag() ? 8 : 1)] = 1;
            if (two) lengths[bits.Read(8)] = 1;
        }
        else ReadLengths(ref bits, lengths[..symbols]);
        bits.Check();
        return Build(lengths[..symbols]);
    }

    /// <summary>Reads a symbol.</summary>
    public int ReadSymbol(ref Vp8lBits bits, Vp8lCode code)
    {
        var next = bits.Peek();
        var entry = _table[code.Offset + (int)(next & ((1u << code.Bits) - 1))];
        if ((entry & Link) != 0)
        {
            var more = (int)(entry >> 24 & 15);
            entry = _table[(int)(entry & 0xFFFFFF) + (int)(next >> code.Bits & ((1u << more) - 1))];
        }
        bits.Skip((int)(entry >> 16));
        return (int)(entry & 0xFFFF);
    }

    /// <summary>The only symbol of a code that takes no bits.</summary>
    public int Only(Vp8lCode code) => (int)(_table[code.Offset] & 0xFFFF);

    /// <summary>Forgets all codes.</summary>
    public void Clear() => _used = 0;

    private void ReadLengths(ref Vp8lBits bits, Span<int> lengths)
    {
        ReadOnlySpan<byte> order = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        Span<int> codeLengths = stackalloc int[19];
        codeLengths.Clear();
        var count = 4 + bits.Read(4);
        for (var i = 0; i < count; i++) codeLengths[order[i]] = bits.Read(3);
        var used = _used;
        var code = Build(codeLengths);
        var left = lengths.Length;
        if (bits.ReadFlag())
        {
            left = 2 + bits.Read(2 + 2 * bits.Read(3));
            if (left > lengths.Length) throw Bad("a prefix code has too many symbols");
        }
        var previous = 8;
        for (var symbol = 0; symbol < lengths.Length && left > 0; left--)
        {
            var length = ReadSymbol(ref bits, code);
            if (length < 16)
            {
                lengths[symbol++] = length;
                if (length > 0) previous = length;
                continue;
            }
            var (repeat, value) = length switch { 16 => (3 + bits.Read(2), previous), 17 => (3 + bits.Read(3), 0), _ => (11 + bits.Read(7), 0) };
            if (repeat > lengths.Length - symbol) throw Bad("a prefix code has too many symbols");
            lengths.Slice(symbol, repeat).Fill(value);
            symbol += repeat;
        }
        _used = used;   // the code of the lengths is not needed again
    }

    /// <summary>Makes the tables of a canonical code.</summary>
    private Vp8lCode Build(ReadOnlySpan<int> lengths)
    {
        Span<int> counts = stackalloc int[MaxLength + 1];
        counts.Clear();
        int total = 0, longest = 0, last = 0;
        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            if (lengths[symbol] == 0) continue;
            counts[lengths[symbol]]++;
            total++;
            longest = Math.Max(longest, lengths[symbol]);
            last = symbol;
        }
        if (total == 0) throw Bad("a prefix code has no symbol");
        if (total == 1)
        {
            var only = Take(1);
            _table[only] = (uint)last;
            return new(only, 0);
        }
        var (open, firstBits) = (1L, Math.Min(FirstBits, longest));
        for (var length = 1; length <= longest; length++) open = 2 * open - counts[length];
        // Codes that are too many may come to the same sum with a detour below zero: the next code number shows those.
        Span<int> next = stackalloc int[MaxLength + 2];
        next[1] = 0;
        for (var length = 1; length <= longest; length++)
        {
            if (next[length] + counts[length] > 1 << length) throw Bad("a prefix code has too many codes of one length");
            next[length + 1] = (next[length] + counts[length]) << 1;
        }
        if (open != 0) throw Bad("a prefix code is incomplete");
        var offset = Take(1 << firstBits);
        for (var length = 1; length <= longest; length++)
        {
            if (counts[length] == 0) continue;
            for (var symbol = 0; symbol < lengths.Length; symbol++)
            {
                if (lengths[symbol] == length) Put(offset, firstBits, Reverse(next[length]++, length), length, symbol, longest);
            }
        }
        return new(offset, firstBits);
    }

    private void Put(int offset, int firstBits, int code, int length, int symbol, int longest)
    {
        if (length <= firstBits)
        {
            var entry = (uint)(length << 16 | symbol);
            for (var i = code; i < 1 << firstBits; i += 1 << length) _table[offset + i] = entry;
            return;
        }
        var first = offset + (code & ((1 << firstBits) - 1));
        var more = longest - firstBits;
        if (_table[first] == 0)
        {
            var added = Take(1 << more);   // may move the tables
            _table[first] = Link | (uint)more << 24 | (uint)added;
        }
        var table = (int)(_table[first] & 0xFFFFFF);
        for (var i = code >> firstBits; i < 1 << more; i += 1 << (length - firstBits)) _table[table + i] = (uint)(length << 16 | symbol);
    }

    private int Take(int entries)
    {
        if (_used + entries > Math.Min(limit, 1 << 24)) throw Bad($"its prefix codes need more than {limit} entries, far more than its pixels");
        if (_used + entries > _table.Length) Array.Resize(ref _table, Math.Max(_used + entries, _table.Length * 2));
        _used += entries;
        _table.AsSpan(_used - entries, entries).Clear();
        return _used - entries;
    }

    private static int Reverse(int code, int length)
    {
        var reversed = 0;
        for (; length > 0; length--, code >>= 1) reversed = reversed << 1 | (code & 1);
        return reversed;
    }

    private static ImageDecodeException Bad(string reason) => ImageDecodeException.Corrupt(WebpFile.Format, reason);
}
