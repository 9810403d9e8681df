using System.Runtime.CompilerServices;

namespace Dla.MLNet;

/// <summary>Gray of 16 bits, or gray and alpha of 8 bits.</summary>
internal readonly struct PngTwoBytes : IPngPixel
{
    /// <inheritdoc/>
    public static int FilteredLength => 2;

    /// <inheritdoc/>
    public static int Length => 2;

    /// <inheritdoc/>
    public static ulong AlwaysSet => 0;

    /// <inheritdoc/>
    public static ulong LoadFiltered(ref byte from) => Unsafe.ReadUnaligned<ushort>(ref from);

    /// <inheritdoc/>
    public static ulong Load(ref byte from) => Unsafe.ReadUnaligned<ushort>(ref from);

    /// <inheritdoc/>
    public static void Store(ref byte to, ulong pixel) => Unsafe.WriteUnaligned(ref to, (ushort)pixel);
}
