using System.Runtime.CompilerServices;

namespace Dla.MLNet;

/// <summary>Red, green, blue and alpha of 8 bits, of which alpha is dropped.</summary>
internal readonly struct PngRgba : IPngPixel
{
    /// <inheritdoc/>
    public static int FilteredLength => 4;

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
