using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dla.MLNet;

/// <summary>Reads the bits of a scan, up to the next marker; after it come zeros.</summary>
internal ref struct JpegBits(ReadOnlySpan<byte> file, int position)
{
    /// <summary>Stands for the end of the file in <see cref="Marker"/>.</summary>
    public const int EndOfFile = -1;

    private readonly ref byte _file = ref MemoryMarshal.GetReference(file);
    private readonly int _length = file.Length;

    /// <summary>Zeros that were added after the last bit.</summary>
    private int _padding;

    /// <summary>The next bits, the first on top.</summary>
    public ulong Buffer;

    /// <summary>Valid bits in <see cref="Buffer"/>.</summary>
    public int Count;

    /// <summary>Where the file is read next.</summary>
    public int Position = position;

    /// <summary>The marker that ended the bits, 0 before.</summary>
    public int Marker;

    /// <summary>How many more bits were taken than there are; 0 or less if there were enough.</summary>
    public readonly int Missing => _padding - Count;

    /// <summary>Bytes not read yet.</summary>
    public readonly int Left => _length - Position;

    /// <summary>The height in the DNL segment that ends a scan.</summary>
    /// <param name="data">The file from the scan's data on.</param>
    /// <returns>0 when the scan ends with another marker.</returns>
    /// <exception cref="ImageDecodeException">The file ends within the scan.</exception>
    public static int FindHeight(ReadOnlySpan<byte> data)
    {
        var bits = new JpegBits(data, 0);
        do bits.NextMarker();
        while (bits.Marker is >= 0xD0 and <= 0xD7);
        if (bits.Marker == EndOfFile) throw ImageDecodeException.Truncated(JpegDecoder.Format);
        var segment = data[bits.Position..];
        return bits.Marker == 0xDC && segment is [0, 4, var high, var low, ..] ? high << 8 | low : 0;
    }

    /// <summary>Makes at least 56 bits valid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill()
    {
        if (!TryFill(ref Buffer, ref Count)) FillSlowly();
    }

    /// <summary>Makes at least 56 bits of a copy of the state valid, where the next eight bytes are all data.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFill(ref ulong buffer, ref int count)
    {
        if (Position > _length - sizeof(ulong) || Marker != 0) return false;
        var bytes = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref _file, Position));
        if (((~bytes - 0x0101010101010101) & bytes & 0x8080808080808080) != 0) return false;   // a byte is 0xFF
        if (BitConverter.IsLittleEndian) bytes = BinaryPrimitives.ReverseEndianness(bytes);
        buffer |= bytes >> count;
        Position += (63 - count) >> 3;
        count |= 56;
        return true;
    }

    /// <summary>Takes some bits; there must be as many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Take(int count)
    {
        var bits = (int)(Buffer >> 1 >> (63 - count));
        Buffer <<= count;
        Count -= count;
        return bits;
    }

    /// <summary>Takes one code's symbol.</summary>
    public int Symbol(HuffmanTable table)
    {
        if (Count < 32) Fill();
        var entry = table.Lookup[(int)(Buffer >> (64 - HuffmanTable.LookupBits))];
        int symbol, length;
        if (entry == 0) symbol = table.FindLong(Buffer, out length);
        else
        {
            symbol = (entry >> HuffmanTable.RunShift & HuffmanTable.Mask) << 4 | (entry >> HuffmanTable.SizeShift & HuffmanTable.Mask);
            length = entry >> HuffmanTable.LengthShift;
        }
        Buffer <<= length;
        Count -= length;
        return symbol;
    }

    /// <summary>Forgets the bits that are left, and finds the next marker.</summary>
    /// <returns>False where the file ends before.</returns>
    public bool FindMarker()
    {
        (Buffer, Count, _padding) = (0, 0, 0);
        if (Marker == 0) NextMarker();
        return Marker != EndOfFile;
    }

    /// <summary>Reads on to the marker after the current one.</summary>
    public void NextMarker()
    {
        for (Marker = 0; Marker == 0;)
        {
            if (ReadByte(out var value) && value == 0xFF) ReadAfterFF();
        }
    }

    /// <summary>Makes at least 57 bits valid, byte by byte.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FillSlowly()
    {
        while (Count <= 56)
        {
            var value = 0;
            if (Marker == 0 && ReadByte(out value) && value == 0xFF) ReadAfterFF();
            if (Marker == 0) Buffer |= (ulong)value << (56 - Count);
            else _padding += 8;
            Count += 8;
        }
    }

    /// <summary>A zero after 0xFF makes it a byte of data; anything else is a marker, after more of 0xFF or not.</summary>
    private void ReadAfterFF()
    {
        int value;
        do
        {
            if (!ReadByte(out value)) return;
        }
        while (value == 0xFF);
        Marker = value;
    }

    private bool ReadByte(out int value)
    {
        value = 0;
        if (Position < _length)
        {
            value = Unsafe.Add(ref _file, Position++);
            return true;
        }
        Marker = EndOfFile;
        return false;
    }
}
