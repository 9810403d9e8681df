namespace Dla.MLNet;

/// <summary>A gray value or index of 8 bits, or several of fewer bits.</summary>
internal readonly struct PngByte : IPngPixel
{
    /// <inheritdoc/>
    public static int FilteredLength => 1;

    /// <inheritdoc/>
    public static int Length => 1;

    /// <inheritdoc/>
    public static ulong AlwaysSet => 0;

    /// <inheritdoc/>
    public static ulong LoadFiltered(ref byte from) => from;

    /// <inheritdoc/>
    public static ulong Load(ref byte from) => from;

    /// <inheritdoc/>
    public static void Store(ref byte to, ulong pixel) => to = (byte)pixel;
}
