using System.Runtime.CompilerServices;

namespace Dla.MLNet;

/// <summary>Red, green, blue and alpha of 16 bits.</summary>
internal readonly struct PngEightBytes : IPngPixel
{
    /// <inheritdoc/>
    public static int FilteredLength => 8;

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
