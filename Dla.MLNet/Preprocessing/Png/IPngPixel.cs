namespace Dla.MLNet;

/// <summary>A pixel as the filters of PNG see it: up to eight bytes, which the methods hold in one number, the first byte lowest.</summary>
internal interface IPngPixel
{
    /// <summary>Bytes of a pixel in the file. <see cref="LoadFiltered"/> may read up to <see cref="PngRowReader.Margin"/>.</summary>
    public static abstract int FilteredLength { get; }

    /// <summary>Bytes of a pixel in memory.</summary>
    public static abstract int Length { get; }

    /// <summary>Bits that are set in every pixel of memory, repeated to eight bytes.</summary>
    public static abstract ulong AlwaysSet { get; }

    /// <summary>Reads a pixel of the file.</summary>
    public static abstract ulong LoadFiltered(ref byte from);

    /// <summary>Reads a pixel of memory.</summary>
    public static abstract ulong Load(ref byte from);

    /// <summary>Writes a pixel to memory.</summary>
    public static abstract void Store(ref byte to, ulong pixel);
}
