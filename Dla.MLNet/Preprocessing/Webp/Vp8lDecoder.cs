namespace Dla.MLNet;

/// <summary>Decodes the lossless bitstream of WebP (VP8L) in managed code. It holds one picture of four bytes a pixel.</summary>
internal static class Vp8lDecoder
{
    private const byte Signature = 0x2F;
    private const int MaxTransforms = 4;

    /// <summary>Reads the sizes in a bitstream's header.</summary>
    /// <exception cref="ImageDecodeException">It is none.</exception>
    public static (int Width, int Height) ReadSize(ReadOnlySpan<byte> data)
    {
        var bits = Open(data);
        return (bits.Read(14) + 1, bits.Read(14) + 1);
    }

    /// <summary>Decodes a bitstream.</summary>
    /// <param name="data">The bitstream.</param>
    /// <param name="rows">Receives the rows of its picture.</param>
    /// <exception cref="ImageDecodeException">The bitstream is cut off or damaged.</exception>
    public static void Decode(ReadOnlySpan<byte> data, WebpRows rows)
    {
        var bits = Open(data);
        var (width, height) = (bits.Read(14) + 1, bits.Read(14) + 1);
        bits.Read(1);   // whether alpha is used
        if (bits.Read(3) != 0) throw ImageDecodeException.Corrupt(WebpFile.Format, "its lossless version is not 0");
        var transforms = new List<IVp8lTransform>(MaxTransforms);
        try
        {
            var packedWidth = ReadTransforms(ref bits, width, height, transforms);
            using var pixels = Vp8lPixels.Read(ref bits, packedWidth, height, isMain: true);
            using var buffer = new LargeBuffer<uint>(width);
            var row = buffer.Span;
            for (var y = 0; y < height; y++)
            {
                pixels.Span.Slice(y * packedWidth, packedWidth).CopyTo(row);
                for (var i = transforms.Count - 1; i >= 0; i--) transforms[i].Undo(row, y);
                foreach (ref var pixel in row) pixel = 0xFF000000 | (pixel & 0xFF) << 16 | (pixel & 0xFF00) | (pixel >> 16 & 0xFF);
                rows.Write(row);
            }
        }
        finally
        {
            foreach (var transform in transforms) transform.Dispose();
        }
    }

    private static Vp8lBits Open(ReadOnlySpan<byte> data)
    {
        if (data.Length < 5) throw ImageDecodeException.Truncated(WebpFile.Format);
        if (data[0] != Signature) throw ImageDecodeException.Corrupt(WebpFile.Format, $"its lossless data begin with {data[0]:X2}");
        return new(data[1..]);
    }

    /// <summary>Reads the transforms. Returns the width of the rows that the last one leaves.</summary>
    private static int ReadTransforms(ref Vp8lBits bits, int width, int height, List<IVp8lTransform> transforms)
    {
        for (var seen = 0; bits.ReadFlag();)
        {
            var type = bits.Read(2);
            if ((seen & 1 << type) != 0) throw ImageDecodeException.Corrupt(WebpFile.Format, "it has the same transform twice");
            seen |= 1 << type;
            if (type == 2) transforms.Add(new Vp8lGreen());
            else if (type == 3)
            {
                var colors = ReadPalette(ref bits);
                transforms.Add(new Vp8lPalette(colors, width));
                width = Vp8lPixels.Parts(width, Vp8lPalette.PackBits(colors.Length));
            }
            else
            {
                var tileBits = bits.Read(3) + 2;
                var tiles = Vp8lPixels.Read(ref bits, Vp8lPixels.Parts(width, tileBits), Vp8lPixels.Parts(height, tileBits), isMain: false);
                transforms.Add(type == 0 ? new Vp8lPredictor(tiles, tileBits, width) : new Vp8lColors(tiles, tileBits, width));
            }
        }
        return width;
    }

    /// <summary>The palette; each color is the difference from the one before.</summary>
    private static uint[] ReadPalette(ref Vp8lBits bits)
    {
        using var differences = Vp8lPixels.Read(ref bits, bits.Read(8) + 1, 1, isMain: false);
        var colors = differences.Span.ToArray();
        for (var i = 1; i < colors.Length; i++) colors[i] = Vp8lPredictor.Add(colors[i], colors[i - 1]);
        return colors;
    }
}
