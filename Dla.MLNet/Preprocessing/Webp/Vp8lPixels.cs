namespace Dla.MLNet;

/// <summary>Decodes an image of a lossless WebP bitstream: the picture before its transforms, or one of the small images that steer them.</summary>
internal static class Vp8lPixels
{
    /// <summary>Entries of prefix tables (four bytes each) that any image may take, in addition to one for 16 pixels.</summary>
    private const int FreeEntries = 4 << 20;

    /// <summary>The 120 nearest pixels that were decoded before: columns to the left (negative: right) and rows up.</summary>
    private static readonly (int Left, int Up)[] Neighbors =
    [
        .. from up in Enumerable.Range(0, 8)
           from left in Enumerable.Range(-7, 16)
           where up > 0 || left > 0
           orderby left * left + up * up, Math.Abs(left), left descending
           select (left, up),
    ];

    /// <summary>Decodes an image.</summary>
    /// <param name="bits">The bitstream.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="isMain">Whether it is the picture, whose parts may have prefix codes of their own.</param>
    /// <returns>The pixels, A·2²⁴ + R·2¹⁶ + G·2⁸ + B each. The caller disposes them.</returns>
    public static LargeBuffer<uint> Read(ref Vp8lBits bits, int width, int height, bool isMain)
    {
        var cacheBits = 0;
        if (bits.ReadFlag())
        {
            cacheBits = bits.Read(4);
            if (cacheBits is < 1 or > 11) throw ImageDecodeException.Corrupt(WebpFile.Format, $"its color cache has {cacheBits} bits");
        }
        LargeBuffer<uint>? parts = null;
        try
        {
            var partBits = 0;
            if (isMain && bits.ReadFlag())
            {
                partBits = bits.Read(3) + 2;
                parts = Read(ref bits, Parts(width, partBits), Parts(height, partBits), isMain: false);
            }
            var groups = ReadGroups(ref bits, parts, (long)width * height, cacheBits == 0 ? 0 : 1 << cacheBits, out var codes);
            var pixels = new LargeBuffer<uint>(width * height);
            try
            {
                new Decoder(codes, groups, parts, partBits, width, cacheBits).Run(ref bits, pixels.Span);
                bits.Check();
                return pixels;
            }
            catch
            {
                pixels.Dispose();
                throw;
            }
        }
        finally
        {
            parts?.Dispose();
        }
    }

    /// <summary>How many parts a side has, the last one perhaps smaller.</summary>
    public static int Parts(int side, int bits) => (side + (1 << bits) - 1) >> bits;

    /// <summary>Reads the codes, and numbers the parts by the groups that are in use.</summary>
    private static Vp8lGroup[] ReadGroups(ref Vp8lBits bits, LargeBuffer<uint>? parts, long pixels, int cacheSize, out Vp8lCodes codes)
    {
        codes = new(FreeEntries + pixels / 16);
        if (parts is null) return [Vp8lGroup.Read(ref bits, codes, cacheSize)];
        var last = 0;
        foreach (ref var part in parts.Span)
        {
            part = part >> 8 & 0xFFFF;
            last = Math.Max(last, (int)part);
        }
        var isUsed = new bool[last + 1];
        foreach (var part in parts.Span) isUsed[part] = true;
        var groups = new Vp8lGroup[last + 1];
        var unused = new Vp8lCodes(FreeEntries);
        for (var i = 0; i <= last; i++)
        {
            if (isUsed[i]) groups[i] = Vp8lGroup.Read(ref bits, codes, cacheSize);
            else
            {
                Vp8lGroup.Read(ref bits, unused, cacheSize);
                unused.Clear();
            }
        }
        return groups;
    }

    private readonly ref struct Decoder(
        Vp8lCodes codes, Vp8lGroup[] groups, LargeBuffer<uint>? parts, int partBits, int width, int cacheBits)
    {
        private readonly uint[] _cache = cacheBits == 0 ? [] : new uint[1 << cacheBits];

        public void Run(ref Vp8lBits bits, Span<uint> pixels)
        {
            var partsAcross = Parts(width, partBits);
            ReadOnlySpan<uint> map = parts is null ? [] : parts.Span;
            for (int at = 0, x = 0, y = 0, cached = 0; at < pixels.Length;)
            {
                bits.Check();
                ref readonly var group = ref groups[map.IsEmpty ? 0 : (int)map[(y >> partBits) * partsAcross + (x >> partBits)]];
                var end = map.IsEmpty ? width : Math.Min(width, ((x >> partBits) + 1) << partBits);
                if (group.Color is { } color && group.Green.Bits == 0 && codes.Only(group.Green) < Vp8lGroup.Lengths)
                {
                    // Every pixel of this part is the same, and takes no bits.
                    pixels.Slice(at, end - x).Fill(color | (uint)codes.Only(group.Green) << 8);
                    at += end - x;
                    x = end;
                }
                while (x < end)
                {
                    var symbol = codes.ReadSymbol(ref bits, group.Green);
                    if (symbol < Vp8lGroup.Lengths)
                    {
                        pixels[at++] = (uint)symbol << 8 | (group.Color ?? ReadOthers(ref bits, group));
                        x++;
                    }
                    else if (symbol < Vp8lGroup.Cached)
                    {
                        var length = ReadNumber(ref bits, symbol - Vp8lGroup.Lengths);
                        Copy(pixels, at, Distance(ReadNumber(ref bits, codes.ReadSymbol(ref bits, group.Distance))), length);
                        at += length;
                        x += length;
                    }
                    else
                    {
                        for (; cached < at; cached++) _cache[Hash(pixels[cached])] = pixels[cached];
                        pixels[at++] = _cache[symbol - Vp8lGroup.Cached];
                        x++;
                    }
                }
                if (x < width) continue;
                y += x / width;
                x %= width;
            }
        }

        private uint ReadOthers(ref Vp8lBits bits, in Vp8lGroup group)
        {
            var red = (uint)codes.ReadSymbol(ref bits, group.Red);
            var blue = (uint)codes.ReadSymbol(ref bits, group.Blue);
            return (uint)codes.ReadSymbol(ref bits, group.Alpha) << 24 | red << 16 | blue;
        }

        private int Hash(uint color) => (int)(color * 0x1E35A7BDu >> (32 - cacheBits));

        private static int ReadNumber(ref Vp8lBits bits, int symbol)
        {
            if (symbol < 4) return symbol + 1;
            var extra = (symbol - 2) >> 1;
            return ((2 + (symbol & 1)) << extra) + bits.Read(extra) + 1;
        }

        private int Distance(int code)
        {
            if (code > Neighbors.Length) return code - Neighbors.Length;
            var (left, up) = Neighbors[code - 1];
            return Math.Max(1, up * width + left);
        }

        private static void Copy(Span<uint> pixels, int at, int distance, int length)
        {
            if (distance > at || length > pixels.Length - at)
                throw ImageDecodeException.Corrupt(WebpFile.Format, "a copy is from before its first pixel or leads beyond its last");
            if (distance >= length) pixels.Slice(at - distance, length).CopyTo(pixels[at..]);
            else if (distance == 1) pixels.Slice(at, length).Fill(pixels[at - 1]);
            else for (var i = at; i < at + length; i++) pixels[i] = pixels[i - distance];
        }
    }
}
