using System.Text;
using Dla.Tests;

namespace Dla.MLNet.Tests.Preprocessing;

public sealed class PngDecoderTests
{
    /// <summary>Depth and color type.</summary>
    public static TheoryData<int, int> Kinds => new()
    {
        { 1, 0 }, { 2, 0 }, { 4, 0 }, { 8, 0 }, { 16, 0 }, { 8, 2 }, { 16, 2 }, { 1, 3 }, { 2, 3 }, { 4, 3 }, { 8, 3 }, { 8, 4 }, { 16, 4 }, { 8, 6 }, { 16, 6 },
    };

    [Theory, MemberData(nameof(Kinds))]
    public void Every_kind_size_filter_and_interlacing_decodes_to_the_values_of_the_file(int depth, int color)
    {
        foreach (var (width, height) in (ReadOnlySpan<(int, int)>)[(1, 1), (2, 1), (1, 2), (3, 5), (4, 4), (5, 3), (8, 8), (9, 17), (31, 6), (33, 33), (70, 3)])
        {
            foreach (var interlaced in (ReadOnlySpan<bool>)[false, true])
            {
                for (var filter = 0; filter <= 5; filter++)
                {
                    var maker = new PngMaker(width, height, depth, color, seed: filter) { Interlaced = interlaced, Filter = filter };
                    Assert.True(maker.Pixels().AsSpan().SequenceEqual(Decode(maker.ToArray())), $"{width} × {height}, interlaced {interlaced}, filter {filter}");
                }
            }
        }
        var split = new PngMaker(40, 9, depth, color) { ChunkLength = 3 };
        Assert.Equal(split.Pixels(), Decode(split.ToArray()));
        var wide = new PngMaker(70_001, 3, depth, color);
        Assert.Equal(wide.Pixels(), Decode(wide.ToArray()));
    }

    /// <summary>Skia read beyond its rows when the bits were 5, 6, 5.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Significant_bits_have_no_influence_on_palettes(int depth)
    {
        foreach (var bits in (byte[][])[[5, 6, 5], [8, 8, 8], [1, 1, 1], [5, 5, 5], [0, 9, 255], []])
        {
            foreach (var (width, interlaced) in (ReadOnlySpan<(int, bool)>)[(40, false), (40, true), (50_000, false)])
            {
                var maker = new PngMaker(width, 2, depth, color: 3) { Interlaced = interlaced, Before = [("sBIT", bits)] };
                Assert.Equal(maker.Pixels(), Decode(maker.ToArray()));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Colors_that_a_palette_lacks_are_gray(int depth)
    {
        var maker = new PngMaker(50, 50, depth, color: 3) { Palette = [9, 8, 7] };
        Assert.Equal(maker.Pixels(), Decode(maker.ToArray()));
    }

    [Theory]
    [InlineData("ABCD", false, "critical")]
    [InlineData("ABCD", true, "critical")]
    [InlineData("CgBI", false, "critical")]
    [InlineData("PLTE", true, "palette")]
    [InlineData("IHDR", false, "two header chunks")]
    [InlineData("IHDR", true, "two header chunks")]
    [InlineData("ab1d", false, "no chunk begins")]
    public void A_chunk_that_may_not_be_there_is_refused(string type, bool after, string reason)
    {
        (string, byte[])[] chunks = [(type, new byte[13])];
        Refuses(new PngMaker(5, 4, 8, 2) { Before = after ? [] : chunks, After = after ? chunks : [] }.ToArray(), reason);
    }

    [Fact]
    public void Unknown_chunks_that_may_be_left_out_are_passed_over()
    {
        (string, byte[])[] chunks = [("abCd", [1, 2, 3]), ("tRNS", [1]), ("gAMA", [0, 0, 1, 0]), ("fdAT", [0]), ("bKGD", [])];
        var maker = new PngMaker(5, 4, 8, 6) { Before = chunks, After = chunks };
        Assert.Equal(maker.Pixels(), Decode(maker.ToArray()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(25)]
    [InlineData(769)]
    [InlineData(771)]
    public void A_palette_of_a_wrong_length_is_refused(int length) => Refuses(new PngMaker(5, 4, 8, 3) { Palette = new byte[length] }.ToArray(), "palette");

    [Fact]
    public void Two_palettes_are_refused() =>
        Refuses(new PngMaker(5, 4, 8, 3) { Before = [("PLTE", [1, 2, 3])] }.ToArray(), "two palettes");

    [Theory]
    [InlineData(24, 3)]
    [InlineData(24, 0)]
    [InlineData(25, 1)]
    [InlineData(25, 5)]
    [InlineData(26, 1)]
    [InlineData(27, 1)]
    [InlineData(28, 2)]
    [InlineData(28, 255)]
    public void A_header_with_a_value_that_no_standard_has_is_refused(int at, byte value)
    {
        var file = new PngMaker(5, 4, 8, 2).ToArray();
        file[at] = value;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(29), Crc32.Compute(file.AsSpan(12, 17)));
        Refuses(file, "corrupt");
    }

    [Theory]
    [InlineData(1_000_001, 1)]
    [InlineData(1, 1_000_001)]
    public void A_side_beyond_the_limit_is_refused(int width, int height)
    {
        using var png = new MemoryStream(new PngMaker(1, 1, 8, 0).ToArray());
        var file = png.ToArray();
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), width);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), height);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(29), Crc32.Compute(file.AsSpan(12, 17)));
        Refuses(file, "1000000");
    }

    [Fact]
    public void Damaged_pixel_data_are_refused_wherever_the_damage_is()
    {
        var maker = new PngMaker(5, 4, 8, 2);
        var packed = maker.ToArray().AsSpan(41..^16).ToArray();
        byte[] With(byte[] data)
        {
            using var png = new MemoryStream();
            png.Write(maker.ToArray().AsSpan(0, 33));
            PngMaker.Chunk(png, "IDAT", data);
            PngMaker.Chunk(png, "IEND", []);
            return png.ToArray();
        }
        Assert.Equal(maker.Pixels(), Decode(With(packed)));
        Assert.Equal(maker.Pixels(), Decode(With([.. packed, 1, 2, 3])));   // what follows the end of the data
        Refuses(With([.. packed[..^1], (byte)(packed[^1] ^ 1)]), "damaged");
        for (var cut = 1; cut < packed.Length; cut++) Refuses(With(packed[..^cut]), "truncated");
        Refuses(With(PngMaker.Deflate([0, .. new byte[15], 5, .. new byte[15], .. new byte[32]])), "filter 5");
        Refuses(With(PngMaker.Deflate(new byte[63])), "truncated");
        Assert.Equal(new byte[60], Decode(With(PngMaker.Deflate(new byte[1000]))));   // more rows than the image has
        var wrong = maker.ToArray();
        wrong[^14] ^= 1;
        Refuses(wrong, "checksum");
    }

    [Fact]
    public void Pixel_data_that_another_chunk_divides_are_those_before_it()
    {
        var maker = new PngMaker(5, 4, 8, 2);
        var file = maker.ToArray();
        byte[] Divided(int at)
        {
            using var png = new MemoryStream();
            png.Write(file.AsSpan(0, 33));
            PngMaker.Chunk(png, "IDAT", file[41..at]);
            PngMaker.Chunk(png, "tEXt", [(byte)'x', 0]);
            PngMaker.Chunk(png, "IDAT", file[at..^16]);
            PngMaker.Chunk(png, "IEND", []);
            return png.ToArray();
        }
        Assert.Equal(maker.Pixels(), Decode(Divided(file.Length - 16)));
        Refuses(Divided(60), "truncated");
    }

    /// <summary>Empty blocks of Deflate are read in no time and give nothing.</summary>
    [Fact]
    public void Data_that_are_far_longer_than_the_pixels_are_refused()
    {
        byte[] empty = [0, 0, 0, 0xFF, 0xFF];
        using var png = new MemoryStream();
        png.Write(new PngMaker(5, 4, 8, 2).ToArray().AsSpan(0, 33));
        PngMaker.Chunk(png, "IDAT", [0x78, 0x9C, .. Enumerable.Repeat(empty, 40_000).SelectMany(b => b)]);
        PngMaker.Chunk(png, "IEND", []);
        Refuses(png.ToArray(), "longer than");
    }

    [Fact]
    public void A_profile_of_an_unknown_compression_method_is_ignored()
    {
        var maker = new PngMaker(5, 4, 8, 2) { Before = [("iCCP", [(byte)'x', 0, 1, .. PngMaker.Deflate(new byte[9])])] };
        Assert.Equal(maker.Pixels(), Decode(maker.ToArray()));
    }

    [Fact]
    public void Texts_that_inflate_to_much_before_their_damage_count_as_well()
    {
        var text = PngMaker.Deflate(new byte[1 << 20]);
        text[^1] ^= 1;
        var texts = Enumerable.Repeat(("zTXt", (byte[])[(byte)'x', 0, 0, .. text]), 70).ToArray();
        Refuses(new PngMaker(5, 4, 8, 2) { Before = texts }.ToArray(), "bomb");
    }

    [Fact]
    public void Exif_counts_before_a_text_and_a_text_before_XMP()
    {
        byte[] Exif(byte orientation) => [.. "MM\0*\0\0\0\u0008\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001\0"u8, orientation, 0, 0, 0, 0, 0, 0];
        var exif = ("eXIf", Exif(6));
        var raw = Encoding.ASCII.GetBytes("\nexif\n 26\n" + Convert.ToHexStringLower(Exif(8)));
        (string, byte[]) text = ("zTXt", [.. "Raw profile type exif\0\0"u8, .. PngMaker.Deflate(raw)]), xmp = ("iTXt", [.. "XML:com.adobe.xmp\0\0\0\0\0tiff:Orientation=\"3\""u8]);
        int First(params (string, byte[])[] chunks)
        {
            var maker = new PngMaker(2, 1, 8, 2) { After = chunks };
            var image = RgbImage.Decode(maker.ToArray());
            return image.Height == 1 ? image.Pixels.Span[0] == maker.Pixels()[0] ? 1 : 3 : image.Pixels.Span[0] == maker.Pixels()[0] ? 6 : 8;
        }
        Assert.Equal((6, 8, 3, 1), (First(xmp, exif, text), First(xmp, text), First(xmp), First()));
    }

    [Theory]
    [InlineData("png-palette-sbit-565.png", "a4ce163813e2bccc")]
    [InlineData("png-palette-sbit-565-wide-50000.png", "15b99995f5825774")]
    [InlineData("png-iccp-compression-method-1.png", "15dcbb108b3b66d7")]
    [InlineData("png-palette-of-25-bytes.png", null)]
    public void An_odd_file_gives_its_value_or_its_refusal(string name, string? expected)
    {
        var file = File.ReadAllBytes(SharedData.Path("reference/odd-inputs/images/" + name));
        if (expected is null) Refuses(file, "palette");
        else Assert.StartsWith(expected, ReferenceCases.Sha256(Decode(file)), StringComparison.Ordinal);
    }

    private static ReadOnlySpan<byte> Decode(byte[] file) => RgbImage.Decode(file).Pixels.Span;

    private static void Refuses(byte[] file, string reason) =>
        Assert.Contains(reason, Assert.Throws<ImageDecodeException>(() => RgbImage.Decode(file)).Message, StringComparison.OrdinalIgnoreCase);
}
