using System.Runtime.CompilerServices;

namespace Dla.MLNet;

/// <summary>Red, green and blue of 16 bits, widened to eight bytes in memory, of which the last two mean nothing.</summary>
internal readonly struct PngSixBytes : IPngPixel
{
    /// <inheritdoc/>
    public static int FilteredLength => 6;

    /// <inheritdoc/>
    public static int Length => 8;

    /// <inheritdoc/>
    public static ulong AlwaysSet => 0;

    /// <inheritdoc/>
    public static ulong LoadFiltered(ref byte from) => Unsafe.ReadUnaligned<ulong>(ref from);

    /// <inheritdoc/>
    public static ulong Load(ref byte from) => Unsafe.ReadUnaligned<ulong>(ref from);

    /// <inheritdoc/>
    public static void Store(ref byte to, ulong pixel) => Unsafe.WriteUnaligned(ref to, pixel);
}
