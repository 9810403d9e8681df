namespace Dla.MLNet;

/// <summary>The five prefix codes of a part of a lossless WebP image.</summary>
/// <param name="Green">Green values, lengths of copies, and places in the color cache.</param>
/// <param name="Red">Red values.</param>
/// <param name="Blue">Blue values.</param>
/// <param name="Alpha">Alpha values.</param>
/// <param name="Distance">Distances of copies.</param>
/// <param name="Color">The pixel without its green, when red, blue and alpha take no bits.</param>
internal readonly record struct Vp8lGroup(Vp8lCode Green, Vp8lCode Red, Vp8lCode Blue, Vp8lCode Alpha, Vp8lCode Distance, uint? Color)
{
    /// <summary>The symbols of lengths begin here.</summary>
    public const int Lengths = 256;

    /// <summary>The symbols of the color cache begin here.</summary>
    public const int Cached = Lengths + 24;

    /// <summary>Reads the codes.</summary>
    public static Vp8lGroup Read(ref Vp8lBits bits, Vp8lCodes codes, int cacheSize)
    {
        var green = codes.Read(ref bits, Cached + cacheSize);
        var (red, blue, alpha) = (codes.Read(ref bits, 256), codes.Read(ref bits, 256), codes.Read(ref bits, 256));
        var distance = codes.Read(ref bits, 40);
        uint? color = (red.Bits | blue.Bits | alpha.Bits) == 0
            ? (uint)codes.Only(alpha) << 24 | (uint)codes.Only(red) << 16 | (uint)codes.Only(blue)
            : null;
        return new(green, red, blue, alpha, distance, color);
    }
}
