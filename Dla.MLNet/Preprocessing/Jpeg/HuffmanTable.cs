using System.Runtime.CompilerServices;

namespace Dla.MLNet;

/// <summary>A Huffman code of a JPEG file, with a table that gives short codes at once.</summary>
internal sealed class HuffmanTable
{
    /// <summary>Bits that the table is looked up by.</summary>
    public const int LookupBits = 10;

    // An entry: bits 0–5 the length of the code and of the number after it, 8–11 the zeros before that, 16–19 its size, 24–27 the code's length.
    // 0 stands for a longer code.
    // What is shifted by is in the lowest six bits of an entry, or of the entry moved down: a shift looks at no more.
    public const int RunShift = 8, SizeShift = 16, LengthShift = 24, Mask = 15;

    private const int LongestCode = 16;

    private readonly int[] _lookup = new int[1 << LookupBits];
    private readonly int[] _maxCode = new int[LongestCode + 1];
    private readonly int[] _firstSymbol = new int[LongestCode + 1];
    private readonly byte[] _definition = new byte[LongestCode + 256];
    private int _symbols = -1;
    private bool _isBuilt;
    private bool _isCode;

    /// <summary>Whether the current file defined it.</summary>
    public bool IsDefined { get; private set; }

    /// <summary>Entries for the next <see cref="LookupBits"/> bits.</summary>
    public ReadOnlySpan<int> Lookup => _lookup;

    /// <summary>Forgets the definition; its table is kept, as most files use the same.</summary>
    public void Reset() => IsDefined = false;

    /// <summary>Defines the code. Its table is built when a scan asks whether it <see cref="Serves"/>: a file may define more than it uses.</summary>
    /// <param name="definition">16 numbers of codes, by length, then the symbols.</param>
    public void Define(ReadOnlySpan<byte> definition)
    {
        IsDefined = true;
        var symbols = definition.Length - LongestCode;
        if (symbols == _symbols && definition.SequenceEqual(_definition.AsSpan(0, definition.Length))) return;
        _definition.AsSpan().Clear();
        definition.CopyTo(_definition);
        (_symbols, _isBuilt) = (symbols, false);
    }

    /// <summary>Whether it is a code that a scan can use.</summary>
    /// <param name="dc">Whether for DC coefficients, whose symbols are at most 15.</param>
    public bool Serves(bool dc)
    {
        if (!IsDefined) return false;
        if (!_isBuilt) (_isBuilt, _isCode) = (true, Build());
        return _isCode && (!dc || !_definition.AsSpan(LongestCode, _symbols).ContainsAnyExceptInRange((byte)0, (byte)15));
    }

    /// <summary>The symbol of a code that is not in the table.</summary>
    /// <param name="bits">The next bits, the first on top.</param>
    /// <param name="length">Its length; one more than the longest for bits that are no code, which count as the symbol 0.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public int FindLong(ulong bits, out int length)
    {
        for (length = LookupBits + 1; length <= LongestCode; length++)
        {
            var code = (int)(bits >> (64 - length));
            if (code <= _maxCode[length]) return _definition[LongestCode + ((_firstSymbol[length] + code) & 0xFF)];
        }
        return 0;
    }

    private bool Build()
    {
        _lookup.AsSpan().Clear();
        var (code, symbol) = (0, 0);
        for (var length = 1; length <= LongestCode; length++, code <<= 1)
        {
            var count = _definition[length - 1];
            _maxCode[length] = count == 0 ? -1 : code + count - 1;
            _firstSymbol[length] = symbol - code;
            if (count > 0 && code + count >= 1 << length) return false;   // the code of ones alone is none
            for (var end = symbol + count; symbol < end; symbol++, code++)
            {
                if (length <= LookupBits) Fill(code, length, _definition[LongestCode + symbol]);
            }
        }
        return symbol > 0;
    }

    /// <summary>Sets the entries of all bits that begin with a code.</summary>
    private void Fill(int code, int length, int symbol)
    {
        var (run, size) = (symbol >> 4, symbol & 15);
        var entry = length + size | run << RunShift | size << SizeShift | length << LengthShift;
        _lookup.AsSpan(code << (LookupBits - length), 1 << (LookupBits - length)).Fill(entry);
    }

    /// <summary>The number that <paramref name="size"/> bits stand for: those that begin with 0 are negative.</summary>
    public static int Extend(int bits, int size) => bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}
