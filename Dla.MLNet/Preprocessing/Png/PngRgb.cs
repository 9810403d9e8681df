using System.Runtime.CompilerServices;

namespace Dla.MLNet;

/// <summary>Red, green and blue of 8 bits, which become the four bytes of a decoded pixel.</summary>
internal readonly struct PngRgb : IPngPixel
{
    /// <inheritdoc/>
    public static int FilteredLength => 3;

    /// <inheritdoc/>
    public static int Length => 4;

    /// <inheritdoc/>
    public static ulong AlwaysSet => 0xFF000000_FF000000;

    /// <inheritdoc/>
    public static ulong LoadFiltered(ref byte from) => Unsafe.ReadUnaligned<uint>(ref from);

    /// <inheritdoc/>
    public static ulong Load(ref byte from) => Unsafe.ReadUnaligned<uint>(ref from);

    /// <inheritdoc/>
    public static void Store(ref byte to, ulong pixel) => Unsafe.WriteUnaligned(ref to, (uint)(pixel | AlwaysSet));
}
