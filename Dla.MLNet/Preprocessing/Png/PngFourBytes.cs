using System.Runtime.CompilerServices;

namespace Dla.MLNet;

/// <summary>Gray and alpha of 16 bits.</summary>
internal readonly struct PngFourBytes : IPngPixel
{
    /// <inheritdoc/>
    public static int FilteredLength => 4;

    /// <inheritdoc/>
    public static int Length => 4;

    /// <inheritdoc/>
    public static ulong AlwaysSet => 0;

    /// <inheritdoc/>
    public static ulong LoadFiltered(ref byte from) => Unsafe.ReadUnaligned<uint>(ref from);

    /// <inheritdoc/>
    public static ulong Load(ref byte from) => Unsafe.ReadUnaligned<uint>(ref from);

    /// <inheritdoc/>
    public static void Store(ref byte to, ulong pixel) => Unsafe.WriteUnaligned(ref to, (uint)pixel);
}
