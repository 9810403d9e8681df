using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dla.MLNet;

/// <summary>Converts rows of samples to RGBA. Every vector width gives the same bytes.</summary>
internal static class JpegPixels
{
    // round(x · 2¹⁶) of the factors of JFIF: R = Y + 1.402 Cr, G = Y - 0.344136 Cb - 0.714136 Cr, B = Y + 1.772 Cb.
    private const int RedCr = 91881, GreenCb = -22554, GreenCr = -46802, BlueCb = 116130, Half = 1 << 15;

    public static void FromGray(ReadOnlySpan<byte> gray, Span<uint> pixels)
    {
        for (var x = 0; x < pixels.Length; x++) pixels[x] = gray[x] * 0x010101u | 0xFF000000;
    }

    public static void FromRgb(ReadOnlySpan<byte> red, ReadOnlySpan<byte> green, ReadOnlySpan<byte> blue, Span<uint> pixels, VectorWidth width)
    {
        var x = 0;
        if (width != VectorWidth.Scalar)
        {
            for (; x <= pixels.Length - 8; x += 8)
            {
                var redGreen = WidenEight(red[x..]) | WidenEight(green[x..]) << 8;
                var blueAlpha = WidenEight(blue[x..]) | Vector128.Create((ushort)0xFF00);
                (Vector128.WidenLower(redGreen) | Vector128.WidenLower(blueAlpha) << 16).CopyTo(pixels[x..]);
                (Vector128.WidenUpper(redGreen) | Vector128.WidenUpper(blueAlpha) << 16).CopyTo(pixels[(x + 4)..]);
            }
        }
        for (; x < pixels.Length; x++) pixels[x] = DecodedImage.Color(red[x], green[x], blue[x]);
    }

    public static void FromYcc(ReadOnlySpan<byte> luma, ReadOnlySpan<byte> cb, ReadOnlySpan<byte> cr, Span<uint> pixels, VectorWidth width)
    {
        var x = 0;
        if (width >= VectorWidth.Bits256 && Avx2.IsSupported) x = FromYcc256(luma, cb, cr, pixels);
        else if (width != VectorWidth.Scalar) x = FromYcc128(luma, cb, cr, pixels);
        for (; x < pixels.Length; x++)
        {
            var (r, g, b) = ToRgb(luma[x], cb[x] - 128, cr[x] - 128);
            pixels[x] = DecodedImage.Color(r, g, b);
        }
    }

    /// <summary>Converts sixteen pixels at a time.</summary>
    /// <returns>The first pixel that is not converted: a few are left where the row is shorter than a vector.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int FromYcc256(ReadOnlySpan<byte> luma, ReadOnlySpan<byte> cb, ReadOnlySpan<byte> cr, Span<uint> pixels)
    {
        const int Step = 16;
        ref var lumaRow = ref MemoryMarshal.GetReference(luma[..pixels.Length]);
        ref var cbRow = ref MemoryMarshal.GetReference(cb[..pixels.Length]);
        ref var crRow = ref MemoryMarshal.GetReference(cr[..pixels.Length]);
        ref var row = ref MemoryMarshal.GetReference(pixels);
        for (var x = 0; pixels.Length >= Step && x < pixels.Length; x += Step)
        {
            var at = (nuint)Math.Min(x, pixels.Length - Step);   // the last vector overlaps the one before
            var y = Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref lumaRow, at));
            var blue = Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref cbRow, at)) - Vector256.Create((short)128);
            var red = Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref crRow, at)) - Vector256.Create((short)128);
            // The factors' whole parts apart, so that the rest fits 16 bits: 1.402 = 1 + 0.402, 1.772 = 2 - 0.228, -0.714 = -1 + 0.286.
            var r = y + red + Round(Avx2.MultiplyHigh(red + red, Vector256.Create((short)(RedCr - 0x10000))));
            var b = y + blue + blue + Round(Avx2.MultiplyHigh(blue + blue, Vector256.Create((short)(BlueCb - 0x20000))));
            var factors = Vector256.Create((GreenCb & 0xFFFF) | (GreenCr + 0x10000) << 16).AsInt16();
            var low = (Avx2.MultiplyAddAdjacent(Avx2.UnpackLow(blue, red), factors) + Vector256.Create(Half)) >> 16;
            var high = (Avx2.MultiplyAddAdjacent(Avx2.UnpackHigh(blue, red), factors) + Vector256.Create(Half)) >> 16;
            var g = y - red + Avx2.PackSignedSaturate(low, high);
            var redBlue = Avx2.PackUnsignedSaturate(r, b);
            var greenAlpha = Avx2.PackUnsignedSaturate(g, Vector256.Create((short)255));
            var (redGreen, blueAlpha) = (Avx2.UnpackLow(redBlue, greenAlpha).AsUInt16(), Avx2.UnpackHigh(redBlue, greenAlpha).AsUInt16());
            var (first, second) = (Avx2.UnpackLow(redGreen, blueAlpha).AsUInt32(), Avx2.UnpackHigh(redGreen, blueAlpha).AsUInt32());
            Avx2.Permute2x128(first, second, 0x20).StoreUnsafe(ref row, at);
            Avx2.Permute2x128(first, second, 0x31).StoreUnsafe(ref row, at + 8);
        }
        return pixels.Length >= Step ? pixels.Length : 0;
    }

    private static Vector256<short> Round(Vector256<short> doubled) => (doubled + Vector256<short>.One) >> 1;

    /// <summary>Converts four pixels at a time.</summary>
    private static int FromYcc128(ReadOnlySpan<byte> luma, ReadOnlySpan<byte> cb, ReadOnlySpan<byte> cr, Span<uint> pixels)
    {
        var x = 0;
        for (; x <= pixels.Length - 4; x += 4)
        {
            var (y, blue, red) = (Widen(luma[x..]), Widen(cb[x..]) - Vector128.Create(128), Widen(cr[x..]) - Vector128.Create(128));
            var half = Vector128.Create(Half);
            var r = y + ((red * RedCr + half) >> 16);
            var g = y + ((blue * GreenCb + red * GreenCr + half) >> 16);
            var b = y + ((blue * BlueCb + half) >> 16);
            (Clip(r) | Clip(g) << 8 | Clip(b) << 16 | Vector128.Create(0xFF000000)).CopyTo(pixels[x..]);
        }
        return x;
    }

    private static Vector128<int> Widen(ReadOnlySpan<byte> samples) =>
        Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(MemoryMarshal.Read<uint>(samples)).AsByte())).AsInt32();

    private static Vector128<uint> Clip(Vector128<int> samples) => Vector128.Min(Vector128.Max(samples, Vector128<int>.Zero), Vector128.Create(255)).AsUInt32();

    /// <summary>CMYK as Adobe stores it, inverted: the samples are the light that each ink leaves.</summary>
    public static void FromCmyk(
        ReadOnlySpan<byte> cyan, ReadOnlySpan<byte> magenta, ReadOnlySpan<byte> yellow, ReadOnlySpan<byte> key, Span<uint> pixels, VectorWidth width)
    {
        FromRgb(cyan, magenta, yellow, pixels, width);
        Print(pixels, key, 0x00FFFFFF, width);
    }

    public static void FromYcck(
        ReadOnlySpan<byte> luma, ReadOnlySpan<byte> cb, ReadOnlySpan<byte> cr, ReadOnlySpan<byte> key, Span<uint> pixels, VectorWidth width)
    {
        FromYcc(luma, cb, cr, pixels, width);
        Print(pixels, key, 0, width);
    }

    /// <summary>Pillow's CMYK to RGB, of inverted inks: what the key leaves, less the inks' shares of it, rounded.</summary>
    /// <param name="pixels">The inks.</param>
    /// <param name="key">The key of each pixel.</param>
    /// <param name="inverted">Bits of the inks that are inverted first.</param>
    /// <param name="width">The vectors to use.</param>
    private static void Print(Span<uint> pixels, ReadOnlySpan<byte> key, uint inverted, VectorWidth width)
    {
        var x = 0;
        if (width != VectorWidth.Scalar)
        {
            for (; x <= pixels.Length - 4; x += 4)
            {
                var inks = (Vector128.Create<uint>(pixels[x..]) ^ Vector128.Create(inverted)).AsByte();
                var keys = (Widen(key[x..]).AsUInt32() * 0x01010101).AsByte();
                var low = Print(Vector128.WidenLower(inks), Vector128.WidenLower(keys));
                var high = Print(Vector128.WidenUpper(inks), Vector128.WidenUpper(keys));
                (Vector128.Narrow(low, high).AsUInt32() | Vector128.Create(0xFF000000)).CopyTo(pixels[x..]);
            }
        }
        for (; x < pixels.Length; x++)
        {
            var inks = pixels[x] ^ inverted;
            pixels[x] = DecodedImage.Color(Print((int)inks & 255, key[x]), Print((int)(inks >> 8) & 255, key[x]), Print((int)(inks >> 16) & 255, key[x]));
        }
    }

    private static Vector128<ushort> Print(Vector128<ushort> ink, Vector128<ushort> key)
    {
        var product = ink * key + Vector128.Create((ushort)128);   // at most 65,153
        return key - ((product + (product >>> 8)) >>> 8);
    }

    private static int Print(int ink, int key)
    {
        var product = ink * key + 128;
        return key - (((product >> 8) + product) >> 8);
    }

    private static Vector128<ushort> WidenEight(ReadOnlySpan<byte> samples) =>
        Vector128.WidenLower(Vector128.CreateScalar(MemoryMarshal.Read<ulong>(samples)).AsByte());

    private static (int Red, int Green, int Blue) ToRgb(int luma, int cb, int cr) =>
        (Clip(luma + ((RedCr * cr + Half) >> 16)), Clip(luma + ((GreenCb * cb + GreenCr * cr + Half) >> 16)), Clip(luma + ((BlueCb * cb + Half) >> 16)));

    private static int Clip(int sample) => Math.Clamp(sample, 0, 255);
}
