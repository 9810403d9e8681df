using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dla.MLNet;

/// <summary>
/// Coefficients to samples, by the slow integer DCT of the JPEG library with 13-bit factors. All choices give the same bytes,
/// those of libjpeg-turbo's vector code, also for coefficients out of range: products and the first sums keep 16 bits,
/// what leaves a pass is clipped to 16 bits.
/// </summary>
internal static class InverseDct
{
    // round(x · 2¹³) of the factors in the order of Loeffler, Ligtenberg and Moschytz (1989), combined for products in pairs.
    private const short F0541 = 4433, F1306 = 4433 + 6270, M1306 = 4433 - 15137;
    private const short F1175 = 9633, M0785 = 9633 - 16069, F0785 = 9633 - 3196;
    private const short M0601 = 2446 - 7373, M0899 = -7373, M0509 = 16819 - 20995, M2562 = -20995, F0509 = 25172 - 20995, F0601 = 12299 - 7373;
    private const int Bits = 13, FirstShift = Bits - 2, SecondShift = Bits + 2 + 3;

    /// <summary>Transforms a block of 64 coefficients.</summary>
    /// <param name="coefficients">64, row by row.</param>
    /// <param name="factors">What the coefficients are multiplied by.</param>
    /// <param name="samples">Receives eight rows of eight bytes.</param>
    /// <param name="stride">Bytes from one row to the next.</param>
    /// <param name="width">The vectors to use.</param>
    public static void Run(ReadOnlySpan<short> coefficients, ReadOnlySpan<short> factors, Span<byte> samples, int stride, VectorWidth width)
    {
        if (width != VectorWidth.Scalar && Sse2.IsSupported) Run128(coefficients, factors, samples, stride);
        else RunScalar(coefficients, factors, samples, stride);
    }

    /// <summary>Transforms a block of which it is not known whether it has more than a DC coefficient.</summary>
    public static void RunAny(ReadOnlySpan<short> coefficients, ReadOnlySpan<short> factors, Span<byte> samples, int stride, VectorWidth width)
    {
        if (coefficients[1..64].ContainsAnyExcept((short)0)) Run(coefficients, factors, samples, stride, width);
        else RunFlat(coefficients[0], factors[0], samples, stride);
    }

    /// <summary>Transforms a block that has a DC coefficient only: all samples are the same.</summary>
    public static void RunFlat(short coefficient, short factor, Span<byte> samples, int stride)
    {
        var number = (short)((short)(coefficient * factor) << 2);
        var eight = (byte)(Math.Clamp((number + 16) >> 5, -128, 127) + 128) * 0x0101010101010101u;
        for (var y = 0; y < 8; y++) MemoryMarshal.Write(samples[(y * stride)..], eight);
    }

    private static void RunScalar(ReadOnlySpan<short> coefficients, ReadOnlySpan<short> factors, Span<byte> samples, int stride)
    {
        Span<short> block = stackalloc short[64];
        for (var i = 0; i < 64; i++) block[i] = (short)(coefficients[i] * factors[i]);
        if (!coefficients[8..64].ContainsAnyExcept((short)0))
        {
            for (var i = 63; i >= 0; i--) block[i] = (short)(block[i & 7] << 2);   // here the vector code keeps 16 bits rather than to clip
        }
        else
        {
            for (var x = 0; x < 8; x++) Transform(block[x..], 8, FirstShift);
        }
        for (var y = 0; y < 8; y++)
        {
            var row = block.Slice(8 * y, 8);
            Transform(row, 1, SecondShift);
            for (var x = 0; x < 8; x++) samples[y * stride + x] = (byte)(Math.Clamp((int)row[x], -128, 127) + 128);
        }
    }

    /// <summary>Transforms eight numbers that are <paramref name="step"/> apart.</summary>
    private static void Transform(Span<short> n, int step, int shift)
    {
        var (n0, n1, n2, n3, n4, n5, n6, n7) = (n[0], n[step], n[2 * step], n[3 * step], n[4 * step], n[5 * step], n[6 * step], n[7 * step]);
        var (sum, difference) = ((short)(n0 + n4) << Bits, (short)(n0 - n4) << Bits);
        var (even0, even1) = (n2 * F1306 + n6 * F0541, n2 * F0541 + n6 * M1306);
        var (a, b, c, d) = (sum + even0, difference + even1, difference - even1, sum - even0);
        var (z0, z1) = ((short)(n7 + n3), (short)(n5 + n1));
        var (odd0, odd1) = (z0 * M0785 + z1 * F1175, z0 * F1175 + z1 * F0785);
        var (e, f) = (n7 * M0601 + n1 * M0899 + odd0, n5 * M0509 + n3 * M2562 + odd1);
        var (g, h) = (n5 * M2562 + n3 * F0509 + odd0, n7 * M0899 + n1 * F0601 + odd1);
        (n[0], n[7 * step]) = (Descale(a + h, shift), Descale(a - h, shift));
        (n[step], n[6 * step]) = (Descale(b + g, shift), Descale(b - g, shift));
        (n[2 * step], n[5 * step]) = (Descale(c + f, shift), Descale(c - f, shift));
        (n[3 * step], n[4 * step]) = (Descale(d + e, shift), Descale(d - e, shift));
    }

    private static short Descale(int number, int shift) => (short)Math.Clamp((number + (1 << (shift - 1))) >> shift, short.MinValue, short.MaxValue);

    // Eight vectors hold a row (first pass) or a column (second pass) each. Two sums of products at a time are one instruction on pairs of numbers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Run128(ReadOnlySpan<short> coefficients, ReadOnlySpan<short> factors, Span<byte> samples, int stride)
    {
        ref var from = ref MemoryMarshal.GetReference(coefficients[..64]);
        ref var by = ref MemoryMarshal.GetReference(factors[..64]);
        var (r1, r2, r3) = (Vector128.LoadUnsafe(ref from, 8), Vector128.LoadUnsafe(ref from, 16), Vector128.LoadUnsafe(ref from, 24));
        var (r4, r5) = (Vector128.LoadUnsafe(ref from, 32), Vector128.LoadUnsafe(ref from, 40));
        var (r6, r7) = (Vector128.LoadUnsafe(ref from, 48), Vector128.LoadUnsafe(ref from, 56));
        var r0 = Vector128.LoadUnsafe(ref from) * Vector128.LoadUnsafe(ref by);
        if ((r1 | r2 | r3 | r4 | r5 | r6 | r7) == Vector128<short>.Zero)
        {
            r0 <<= 2;
            r1 = r2 = r3 = r4 = r5 = r6 = r7 = r0;
        }
        else
        {
            (r1, r2, r3) = (r1 * Vector128.LoadUnsafe(ref by, 8), r2 * Vector128.LoadUnsafe(ref by, 16), r3 * Vector128.LoadUnsafe(ref by, 24));
            (r4, r5) = (r4 * Vector128.LoadUnsafe(ref by, 32), r5 * Vector128.LoadUnsafe(ref by, 40));
            (r6, r7) = (r6 * Vector128.LoadUnsafe(ref by, 48), r7 * Vector128.LoadUnsafe(ref by, 56));
            Transform(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, FirstShift);
        }
        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        Transform(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, SecondShift);
        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);

        ref var to = ref MemoryMarshal.GetReference(samples[..(7 * stride + 8)]);
        Store(Sse2.PackSignedSaturate(r0, r1), ref to, stride);
        Store(Sse2.PackSignedSaturate(r2, r3), ref Unsafe.Add(ref to, 2 * stride), stride);
        Store(Sse2.PackSignedSaturate(r4, r5), ref Unsafe.Add(ref to, 4 * stride), stride);
        Store(Sse2.PackSignedSaturate(r6, r7), ref Unsafe.Add(ref to, 6 * stride), stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<sbyte> twoRows, ref byte to, int stride)
    {
        var samples = (twoRows.AsByte() ^ Vector128.Create((byte)128)).AsUInt64();
        Unsafe.WriteUnaligned(ref to, samples.GetElement(0));
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, stride), samples.GetElement(1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transform(
        ref Vector128<short> r0, ref Vector128<short> r1, ref Vector128<short> r2, ref Vector128<short> r3,
        ref Vector128<short> r4, ref Vector128<short> r5, ref Vector128<short> r6, ref Vector128<short> r7, [ConstantExpected] byte shift)
    {
        var (sum, difference) = (r0 + r4, r0 - r4);
        var zero = Vector128<short>.Zero;
        var (lowSum, highSum) = (Scale(Sse2.UnpackLow(zero, sum)), Scale(Sse2.UnpackHigh(zero, sum)));
        var (lowDifference, highDifference) = (Scale(Sse2.UnpackLow(zero, difference)), Scale(Sse2.UnpackHigh(zero, difference)));
        var (low, high) = (Sse2.UnpackLow(r2, r6), Sse2.UnpackHigh(r2, r6));
        var (lowEven, highEven) = (Products(low, F1306, F0541), Products(high, F1306, F0541));
        var (lowA, highA, lowD, highD) = (lowSum + lowEven, highSum + highEven, lowSum - lowEven, highSum - highEven);
        (lowEven, highEven) = (Products(low, F0541, M1306), Products(high, F0541, M1306));
        var (lowB, highB, lowC, highC) = (lowDifference + lowEven, highDifference + highEven, lowDifference - lowEven, highDifference - highEven);

        var (z0, z1) = (r7 + r3, r5 + r1);
        (low, high) = (Sse2.UnpackLow(z0, z1), Sse2.UnpackHigh(z0, z1));
        var (lowOdd0, highOdd0) = (Products(low, M0785, F1175), Products(high, M0785, F1175));
        var (lowOdd1, highOdd1) = (Products(low, F1175, F0785), Products(high, F1175, F0785));
        var (low71, high71, low53, high53) = (Sse2.UnpackLow(r7, r1), Sse2.UnpackHigh(r7, r1), Sse2.UnpackLow(r5, r3), Sse2.UnpackHigh(r5, r3));

        var (lowOut, highOut) = (Products(low71, M0899, F0601) + lowOdd1, Products(high71, M0899, F0601) + highOdd1);
        (r0, r7) = (Descale(lowA + lowOut, highA + highOut, shift), Descale(lowA - lowOut, highA - highOut, shift));
        (lowOut, highOut) = (Products(low53, M2562, F0509) + lowOdd0, Products(high53, M2562, F0509) + highOdd0);
        (r1, r6) = (Descale(lowB + lowOut, highB + highOut, shift), Descale(lowB - lowOut, highB - highOut, shift));
        (lowOut, highOut) = (Products(low53, M0509, M2562) + lowOdd1, Products(high53, M0509, M2562) + highOdd1);
        (r2, r5) = (Descale(lowC + lowOut, highC + highOut, shift), Descale(lowC - lowOut, highC - highOut, shift));
        (lowOut, highOut) = (Products(low71, M0601, M0899) + lowOdd0, Products(high71, M0601, M0899) + highOdd0);
        (r3, r4) = (Descale(lowD + lowOut, highD + highOut, shift), Descale(lowD - lowOut, highD - highOut, shift));
    }

    /// <summary>Numbers in the upper halves, which are so multiplied by 2¹⁶, times 2¹³.</summary>
    private static Vector128<int> Scale(Vector128<short> upper) => upper.AsInt32() >> (16 - Bits);

    private static Vector128<int> Products(Vector128<short> pairs, short first, short second) =>
        Sse2.MultiplyAddAdjacent(pairs, Vector128.Create((ushort)first | second << 16).AsInt16());

    private static Vector128<short> Descale(Vector128<int> low, Vector128<int> high, [ConstantExpected] byte shift)
    {
        var half = Vector128.Create(1 << (shift - 1));
        return Sse2.PackSignedSaturate((low + half) >> shift, (high + half) >> shift);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        ref Vector128<short> r0, ref Vector128<short> r1, ref Vector128<short> r2, ref Vector128<short> r3,
        ref Vector128<short> r4, ref Vector128<short> r5, ref Vector128<short> r6, ref Vector128<short> r7)
    {
        var (a, b, c, d) = (Sse2.UnpackLow(r0, r4), Sse2.UnpackLow(r1, r5), Sse2.UnpackLow(r2, r6), Sse2.UnpackLow(r3, r7));
        var (e, f, g, h) = (Sse2.UnpackHigh(r0, r4), Sse2.UnpackHigh(r1, r5), Sse2.UnpackHigh(r2, r6), Sse2.UnpackHigh(r3, r7));
        (r0, r1, r2, r3) = (Sse2.UnpackLow(a, c), Sse2.UnpackHigh(a, c), Sse2.UnpackLow(b, d), Sse2.UnpackHigh(b, d));
        (r4, r5, r6, r7) = (Sse2.UnpackLow(e, g), Sse2.UnpackHigh(e, g), Sse2.UnpackLow(f, h), Sse2.UnpackHigh(f, h));
        (a, b, c, d) = (Sse2.UnpackLow(r0, r2), Sse2.UnpackHigh(r0, r2), Sse2.UnpackLow(r1, r3), Sse2.UnpackHigh(r1, r3));
        (e, f, g, h) = (Sse2.UnpackLow(r4, r6), Sse2.UnpackHigh(r4, r6), Sse2.UnpackLow(r5, r7), Sse2.UnpackHigh(r5, r7));
        (r0, r1, r2, r3, r4, r5, r6, r7) = (a, b, c, d, e, f, g, h);
    }
}
