using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dla.MLNet;

/// <summary>Decodes the blocks of a scan: bits to coefficients.</summary>
internal static class JpegScan
{
    /// <summary>The most blocks of an MCU.</summary>
    public const int MaxBlocks = 10;

    /// <summary>The place in a block, row by row, of each coefficient of the file's zigzag. Runs that lead beyond the block end in its last place.</summary>
    public static ReadOnlySpan<byte> RowOrder =>
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
        63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
    ];

    /// <summary>The most coefficients that are found by their bits rather than by a look at all.</summary>
    private const int MostSparse = 8;

    /// <summary>The place in the file's zigzag of each coefficient of a block, row by row.</summary>
    private static ReadOnlySpan<byte> FileOrder =>
    [
        0, 1, 5, 6, 14, 15, 27, 28, 2, 4, 7, 13, 16, 26, 29, 42, 3, 8, 12, 17, 25, 30, 41, 43, 9, 11, 18, 24, 31, 40, 44, 53,
        10, 19, 23, 32, 39, 45, 52, 54, 20, 22, 33, 38, 46, 51, 55, 60, 21, 34, 37, 47, 50, 56, 59, 61, 35, 36, 48, 49, 57, 58, 62, 63,
    ];

    /// <summary>Decodes a whole block of a sequential file.</summary>
    /// <param name="bits">The scan.</param>
    /// <param name="component">Its tables are used, and its last DC coefficient is kept.</param>
    /// <param name="block">64 coefficients, of which those that are not 0 are set.</param>
    /// <returns>Whether there may be others than the DC coefficient.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool ReadBlock(ref JpegBits bits, JpegComponent component, Span<short> block)
    {
        // Indices are in range by construction: ten bits into 1024 entries, a place (at most 63 + 15) into 80, and those are below 64.
        ref var table = ref MemoryMarshal.GetReference(component.Ac.Lookup);
        ref var order = ref MemoryMarshal.GetReference(RowOrder);
        ref var coefficients = ref MemoryMarshal.GetReference(block[..64]);
        coefficients = (short)ReadDc(ref bits, component);
        var (buffer, count, k) = (bits.Buffer, bits.Count, 1);
        while (k < 64)
        {
            var entry = 0;
            if (count >= 32 || bits.TryFill(ref buffer, ref count)) entry = Unsafe.Add(ref table, (nint)(buffer >> (64 - HuffmanTable.LookupBits)));
            if (entry == 0)
            {
                (bits.Buffer, bits.Count) = (buffer, count);
                k = ReadCoefficient(ref bits, component.Ac, ref coefficients, k);
                (buffer, count) = (bits.Buffer, bits.Count);
                continue;
            }
            var size = entry >> HuffmanTable.SizeShift;
            var number = buffer << (entry >> HuffmanTable.LengthShift);
            buffer <<= entry;
            count -= entry & 63;
            var run = entry >> HuffmanTable.RunShift & HuffmanTable.Mask;
            k += run + 1;
            if ((size & HuffmanTable.Mask) != 0)
            {
                var isNegative = (int)(~(long)number >> 63);   // all bits, or none: numbers that begin with 0 are negative
                Unsafe.Add(ref coefficients, Unsafe.Add(ref order, k - 1)) = (short)((int)(number >> -size) + (isNegative & (1 - (1 << size))));
            }
            else if (run != 15)
            {
                k -= run + 1;
                break;
            }
        }
        (bits.Buffer, bits.Count) = (buffer, count);
        return k > 1;
    }

    /// <summary>Decodes a coefficient near a marker, or one of a long code.</summary>
    /// <returns>The next place.</returns>
    private static int ReadCoefficient(ref JpegBits bits, HuffmanTable table, ref short coefficients, int k)
    {
        var symbol = bits.Symbol(table);
        var (run, size) = (symbol >> 4, symbol & 15);
        if (size != 0) Unsafe.Add(ref coefficients, RowOrder[k + run]) = (short)HuffmanTable.Extend(bits.Take(size), size);
        return size == 0 && run != 15 ? 64 : k + run + 1;
    }

    /// <summary>Decodes the first bits of a DC coefficient.</summary>
    public static int ReadDc(ref JpegBits bits, JpegComponent component)
    {
        var size = bits.Symbol(component.Dc);
        if (size != 0) component.LastDc += HuffmanTable.Extend(bits.Take(size), size);
        return component.LastDc;
    }

    /// <summary>Decodes one more bit of a DC coefficient.</summary>
    public static void RefineDc(ref JpegBits bits, JpegFrame frame, Span<short> block)
    {
        if (bits.Count < 32) bits.Fill();
        block[0] |= (short)(bits.Take(1) << frame.LowBit);
    }

    /// <summary>Decodes the first bits of some AC coefficients.</summary>
    /// <param name="bits">The scan.</param>
    /// <param name="frame">The parameters of the scan.</param>
    /// <param name="table">The scan's code.</param>
    /// <param name="block">64 coefficients.</param>
    /// <param name="zeroBlocks">Blocks, this one the first, that have no more coefficients.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ReadAc(ref JpegBits bits, JpegFrame frame, HuffmanTable table, Span<short> block, ref int zeroBlocks)
    {
        if (zeroBlocks > 0)
        {
            zeroBlocks--;
            return;
        }
        for (var (k, last) = (frame.First, frame.Last); k <= last; k++)
        {
            var symbol = bits.Symbol(table);
            var (run, size) = (symbol >> 4, symbol & 15);
            if (size == 0 && run < 15)
            {
                zeroBlocks = (1 << run) + bits.Take(run) - 1;
                break;
            }
            k += run;
            if (size != 0) block[RowOrder[k]] = (short)(HuffmanTable.Extend(bits.Take(size), size) << frame.LowBit);
        }
    }

    /// <summary>Decodes one more bit of some AC coefficients.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void RefineAc(ref JpegBits bits, JpegFrame frame, HuffmanTable table, Span<short> block, ref int zeroBlocks)
    {
        var (k, last, bit) = (frame.First, frame.Last, 1 << frame.LowBit);
        var known = Places(block);
        while (zeroBlocks == 0 && k <= last)
        {
            var symbol = bits.Symbol(table);
            var (run, size, value) = (symbol >> 4, symbol & 15, 0);
            if (size != 0) value = bits.Take(1) != 0 ? bit : -bit;
            else if (run < 15)
            {
                zeroBlocks = (1 << run) + bits.Take(run);
                break;
            }
            k = Refine(ref bits, block, known, k, last, bit, run);
            if (value != 0) block[RowOrder[k]] = (short)value;   // not looked at again in this scan
            k++;
        }
        if (zeroBlocks == 0) return;
        if (k <= last) Refine(ref bits, block, known, k, last, bit, int.MaxValue);
        zeroBlocks--;
    }

    /// <summary>Which AC coefficients of a block are not 0: a bit for each, in the order of the file.</summary>
    /// <returns>All bits for a block that has more than a few.</returns>
    private static ulong Places(ReadOnlySpan<short> block)
    {
        ref var coefficients = ref MemoryMarshal.GetReference(block[..64]);
        ulong zero = 1;
        for (var i = 0; i < 4; i++)
        {
            var isZero = Vector256.Equals(Vector256.LoadUnsafe(ref coefficients, (nuint)(16 * i)), Vector256<short>.Zero);
            zero |= (ulong)isZero.ExtractMostSignificantBits() << (16 * i);
        }
        var known = ~zero;
        if (BitOperations.PopCount(known) > MostSparse) return ulong.MaxValue;
        ulong places = 0;
        for (; known != 0; known &= known - 1) places |= 1UL << FileOrder[BitOperations.TrailingZeroCount(known)];
        return places;
    }

    /// <summary>Decodes one more bit of each coefficient that is not 0, up to the zero after <paramref name="zeros"/> others.</summary>
    /// <param name="bits">The scan.</param>
    /// <param name="block">64 coefficients.</param>
    /// <param name="known">Those that are not 0, by <see cref="Places"/>.</param>
    /// <param name="k">The first place.</param>
    /// <param name="last">The last place, not before the first.</param>
    /// <param name="bit">What the bit stands for.</param>
    /// <param name="zeros">Zeros to pass over.</param>
    /// <returns>The place of that zero, or the one after the last.</returns>
    private static int Refine(ref JpegBits bits, Span<short> block, ulong known, int k, int last, int bit, int zeros)
    {
        if (known == ulong.MaxValue) return Refine(ref bits, block, k, last, bit, zeros);
        for (known &= ulong.MaxValue << k; k <= last; known &= known - 1, k++)
        {
            var next = Math.Min(BitOperations.TrailingZeroCount(known), last + 1);
            if (zeros < next - k) return k + zeros;
            zeros -= next - k;
            k = next;
            if (k <= last) Refine(ref bits, block, k, k, bit, 0);
        }
        return last + 1;
    }

    /// <summary>Decodes one more bit of each coefficient that is not 0, up to the zero after <paramref name="zeros"/> others.</summary>
    /// <returns>The place of that zero, or the one after the last.</returns>
    private static int Refine(ref JpegBits bits, Span<short> block, int k, int last, int bit, int zeros)
    {
        ref var order = ref MemoryMarshal.GetReference(RowOrder);
        ref var coefficients = ref MemoryMarshal.GetReference(block[..64]);
        var (buffer, count) = (bits.Buffer, bits.Count);
        for (; k <= last; k++)   // at most 63
        {
            ref var coefficient = ref Unsafe.Add(ref coefficients, Unsafe.Add(ref order, k));
            if (coefficient == 0)
            {
                if (--zeros < 0) break;
                continue;
            }
            if (count == 0)
            {
                (bits.Buffer, bits.Count) = (buffer, count);
                bits.Fill();
                (buffer, count) = (bits.Buffer, bits.Count);
            }
            // Without a branch on the data: all bits of isOne and of isNegative are set, or none.
            var (isOne, isNegative) = ((int)((long)buffer >> 63), coefficient >> 15);
            buffer <<= 1;
            count--;
            if ((coefficient & bit) == 0) coefficient += (short)(((bit ^ isNegative) - isNegative) & isOne);
        }
        (bits.Buffer, bits.Count) = (buffer, count);
        return k;
    }
}
