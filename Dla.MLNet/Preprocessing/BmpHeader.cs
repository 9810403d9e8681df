namespace Dla.MLNet;

/// <summary>The header of a BMP file, of any of its versions.</summary>
internal readonly record struct BmpHeader
{
    public const int Uncompressed = 0;
    public const int RunLength8 = 1;
    public const int RunLength4 = 2;
    public const int Masks = 3;
    public const int MasksWithAlpha = 6;

    private const string Format = "BMP";

    /// <summary>Bytes of the header, which tell its version.</summary>
    public required int Size { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>Whether the first row of the file is the topmost.</summary>
    public bool TopDown { get; init; }

    /// <summary>Bits of a pixel: 1, 2, 4 or 8 of a palette index, 16, 24 or 32 of a colour.</summary>
    public required int Bits { get; init; }

    /// <summary>One of the constants above.</summary>
    public int Compression { get; init; }

    /// <summary>Colours of the palette.</summary>
    public int Colors { get; init; }

    public uint Red { get; init; }

    public uint Green { get; init; }

    public uint Blue { get; init; }

    /// <summary>Reads the header, and the masks after it.</summary>
    /// <exception cref="ImageDecodeException">The header is cut off, or of a kind that is not known.</exception>
    public static BmpHeader Read(ref ByteReader reader)
    {
        var size = reader.Int();
        var header = size switch
        {
            12 => ReadShort(ref reader),
            40 or 52 or 56 or 64 or 108 or 124 => ReadLong(ref reader, size),
            _ => throw ImageDecodeException.Corrupt(Format, $"its header has {size} bytes"),
        };
        return header.Checked().WithMasks(ref reader);
    }

    private static BmpHeader ReadShort(ref ByteReader reader)
    {
        var (width, height, _, bits) = (reader.Short(), reader.Short(), reader.Short(), reader.Short());
        return new() { Size = 12, Width = width, Height = height, Bits = bits };
    }

    private static BmpHeader ReadLong(ref ByteReader reader, int size)
    {
        var (width, height, _, bits, compression) = (reader.Int(), reader.Int(), reader.Short(), reader.Short(), reader.Int());
        reader.Skip(12);   // bytes of the pixels, pixels per metre
        var colors = reader.Int();
        reader.Skip(4);    // important colours
        var topDown = height < 0;
        if (topDown && height > int.MinValue) height = -height;
        return new() { Size = size, Width = width, Height = height, TopDown = topDown, Bits = bits, Compression = compression, Colors = colors };
    }

    private BmpHeader Checked()
    {
        var paletteBits = Bits is 1 or 2 or 4 or 8;
        var known = Compression switch
        {
            Uncompressed => paletteBits || Bits is 16 or 24 or 32,
            RunLength8 or RunLength4 => paletteBits,
            Masks or MasksWithAlpha => Bits is 16 or 24 or 32 && Size != 64,
            _ => false,
        };
        if (!known) throw ImageDecodeException.Corrupt(Format, $"{Bits} bits per pixel with compression {Compression}");
        if (paletteBits && Colors is < 0 or > 65536) throw ImageDecodeException.Corrupt(Format, $"its palette has {Colors} colours");
        return this with { Colors = Colors == 0 && paletteBits ? 1 << Bits : Colors };
    }

    /// <summary>The masks of the file, or the usual ones: 5 bits a channel of 16, else 8 bits, blue lowest.</summary>
    private BmpHeader WithMasks(ref ByteReader reader)
    {
        var usual = Bits == 16 ? this with { Red = 0x7C00, Green = 0x3E0, Blue = 0x1F } : this with { Red = 0xFF0000, Green = 0xFF00, Blue = 0xFF };
        var (masked, inHeader) = (Compression is Masks or MasksWithAlpha, Size - 40);   // 12 bytes of masks, 4 of the alpha mask, other things
        if (inHeader < 0 || (inHeader == 0 && !masked)) return usual;
        if (inHeader == 0) inHeader = Compression == Masks ? 12 : 16;
        var (red, green, blue) = ((uint)reader.Int(), (uint)reader.Int(), (uint)reader.Int());
        reader.Skip(inHeader - 12);
        return masked && (red | green | blue) != 0 ? this with { Red = red, Green = green, Blue = blue } : usual;
    }
}
