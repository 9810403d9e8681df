using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dla.MLNet;

/// <summary>Undoes the filters of PNG rows. Bytes do not mix, so that the width of the vectors has no influence.</summary>
internal static class PngFilters<T> where T : struct, IPngPixel
{
    /// <summary>Undoes the filter of a row.</summary>
    /// <param name="filtered">The filter byte, the row's bytes, and <see cref="PngRowReader.Margin"/> readable bytes.</param>
    /// <param name="above">The row above, zeros for the first row.</param>
    /// <param name="row">Receives the row, of the same length as <paramref name="above"/>.</param>
    /// <exception cref="ImageDecodeException">There is no such filter.</exception>
    public static void Undo(ReadOnlySpan<byte> filtered, ReadOnlySpan<byte> above, Span<byte> row)
    {
        var pixels = row.Length / T.Length;
        ArgumentOutOfRangeException.ThrowIfLessThan(filtered.Length, 1 + pixels * T.FilteredLength + PngRowReader.Margin, nameof(filtered));
        ArgumentOutOfRangeException.ThrowIfNotEqual(above.Length, row.Length, nameof(above));
        ref var from = ref Unsafe.Add(ref MemoryMarshal.GetReference(filtered), 1);
        ref var up = ref MemoryMarshal.GetReference(above);
        ref var to = ref MemoryMarshal.GetReference(row);
        switch (filtered[0])
        {
            case 0:
                Copy(ref from, ref to, pixels);
                break;
            case 1:
                Sub(ref from, ref to, pixels);
                break;
            case 2:
                Up(ref from, ref up, ref to, pixels);
                break;
            case 3:
                Average(ref from, ref up, ref to, pixels);
                break;
            case 4:
                Paeth(ref from, ref up, ref to, pixels);
                break;
            default:
                throw ImageDecodeException.Corrupt("PNG", $"a row has the unknown filter {filtered[0]}");
        }
    }

    private static void Copy(ref byte from, ref byte to, int pixels)
    {
        if (T.Length == T.FilteredLength && T.AlwaysSet == 0)
        {
            Unsafe.CopyBlockUnaligned(ref to, ref from, (uint)(pixels * T.Length));
            return;
        }
        for (; pixels > 0; pixels--)
        {
            T.Store(ref to, T.LoadFiltered(ref from));
            from = ref Unsafe.Add(ref from, T.FilteredLength);
            to = ref Unsafe.Add(ref to, T.Length);
        }
    }

    private static void Sub(ref byte from, ref byte to, int pixels)
    {
        var left = Vector128<byte>.Zero;
        for (; pixels > 0; pixels--)
        {
            left += Vector128.CreateScalar(T.LoadFiltered(ref from)).AsByte();
            T.Store(ref to, left.AsUInt64().ToScalar());
            from = ref Unsafe.Add(ref from, T.FilteredLength);
            to = ref Unsafe.Add(ref to, T.Length);
        }
    }

    private static void Up(ref byte from, ref byte up, ref byte to, int pixels)
    {
        if (T.Length == T.FilteredLength)
        {
            var always = Vector256.Create(T.AlwaysSet).AsByte();
            for (; pixels >= Vector256<byte>.Count / T.Length; pixels -= Vector256<byte>.Count / T.Length)
            {
                ((Vector256.LoadUnsafe(ref from) + Vector256.LoadUnsafe(ref up)) | always).StoreUnsafe(ref to);
                from = ref Unsafe.Add(ref from, Vector256<byte>.Count);
                up = ref Unsafe.Add(ref up, Vector256<byte>.Count);
                to = ref Unsafe.Add(ref to, Vector256<byte>.Count);
            }
        }
        for (; pixels > 0; pixels--)
        {
            var sum = Vector128.CreateScalar(T.LoadFiltered(ref from)).AsByte() + Vector128.CreateScalar(T.Load(ref up)).AsByte();
            T.Store(ref to, sum.AsUInt64().ToScalar());
            up = ref Unsafe.Add(ref up, T.Length);
            from = ref Unsafe.Add(ref from, T.FilteredLength);
            to = ref Unsafe.Add(ref to, T.Length);
        }
    }

    private static void Average(ref byte from, ref byte up, ref byte to, int pixels)
    {
        var left = Vector128<ushort>.Zero;
        for (; pixels > 0; pixels--)
        {
            left = Plus(T.LoadFiltered(ref from), (left + Widen(T.Load(ref up))) >>> 1);
            Store(ref to, left);
            up = ref Unsafe.Add(ref up, T.Length);
            from = ref Unsafe.Add(ref from, T.FilteredLength);
            to = ref Unsafe.Add(ref to, T.Length);
        }
    }

    private static void Paeth(ref byte from, ref byte up, ref byte to, int pixels)
    {
        var (left, corner) = (Vector128<ushort>.Zero, Vector128<ushort>.Zero);
        for (; pixels > 0; pixels--)
        {
            var above = Widen(T.Load(ref up));
            var (toLeft, toAbove) = ((above - corner).AsInt16(), (left - corner).AsInt16());   // left + above − corner, less left, less above
            var toCorner = Vector128.Abs(toLeft + toAbove);
            (toLeft, toAbove) = (Vector128.Abs(toLeft), Vector128.Abs(toAbove));
            var nearest = Vector128.Min(Vector128.Min(toLeft, toAbove), toCorner);
            var prediction = Vector128.ConditionalSelect(Vector128.Equals(nearest, toLeft).AsUInt16(), left,
                Vector128.ConditionalSelect(Vector128.Equals(nearest, toAbove).AsUInt16(), above, corner));
            left = Plus(T.LoadFiltered(ref from), prediction);
            corner = above;
            Store(ref to, left);
            up = ref Unsafe.Add(ref up, T.Length);
            from = ref Unsafe.Add(ref from, T.FilteredLength);
            to = ref Unsafe.Add(ref to, T.Length);
        }
    }

    /// <summary>Eight bytes as numbers of 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Widen(ulong bytes) => Vector128.WidenLower(Vector128.CreateScalar(bytes).AsByte());

    /// <summary>The sums modulo 256.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Plus(ulong bytes, Vector128<ushort> values) => (Widen(bytes).AsByte() + values.AsByte()).AsUInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ref byte to, Vector128<ushort> values) => T.Store(ref to, Vector128.Narrow(values, values).AsUInt64().ToScalar());
}
