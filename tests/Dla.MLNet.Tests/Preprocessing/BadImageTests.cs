using System.Buffers.Binary;
using System.IO.Compression;
using SkiaSharp;

namespace Dla.MLNet.Tests.Preprocessing;

public sealed class BadImageTests
{
    private static readonly ImagePreprocessor Preprocessor = new(new ImagePreprocessing { ResizeShortSide = 32, CropSize = 32 });

    private static byte[] Noise(SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(67, 45, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var random = new Random(3);
        for (var y = 0; y < bitmap.Height; y++)
            for (var x = 0; x < bitmap.Width; x++) bitmap.SetPixel(x, y, new SKColor((uint)random.Next() | 0xff000000));
        return bitmap.Encode(format, 90).ToArray();
    }

    public static TheoryData<string> Kinds => ["jpeg", "png", "webp", "bmp", "gif"];

    private static byte[] Image(string kind) => kind switch
    {
        "jpeg" => Noise(SKEncodedImageFormat.Jpeg),
        "png" => Noise(SKEncodedImageFormat.Png),
        "webp" => Noise(SKEncodedImageFormat.Webp),
        "gif" => Gif(67, 45),
        _ => FormulaImage.ToBmp(FormulaImage.Make("noise", 67, 45), 67, 45),
    };

    [Theory, MemberData(nameof(Kinds))]
    public void A_file_that_is_cut_off_anywhere_is_an_error_never_a_grey_picture(string kind)
    {
        var file = Image(kind);
        var pixels = new float[Preprocessor.Length];
        Preprocessor.Run(file, pixels);
        // The last bytes may be a checksum, an end marker or padding that holds no pixel.
        for (var length = 0; length < file.Length - 64; length += 1 + file.Length / 60)
            Assert.Throws<ImageDecodeException>(() => Preprocessor.Run(file.AsSpan(0, length), new float[Preprocessor.Length]));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_file_with_wrong_bytes_is_a_picture_or_a_bad_image_and_nothing_worse(string kind)
    {
        var (whole, random, decoded) = (Image(kind), new Random(5), 0);
        var reader = new ImagePreprocessor(Preprocessor.Preprocessing, maxPixels: 1_000_000);
        for (var i = 0; i < 400; i++)
        {
            var file = (byte[])whole.Clone();
            var header = Math.Min(file.Length, 400);   // half of the wrong bytes lie where they say most
            for (var wrong = random.Next(1, 6); wrong > 0; wrong--) file[random.Next(random.Next(2) == 0 ? header : file.Length)] = (byte)random.Next(256);
            try
            {
                reader.Run(file, new float[reader.Length]);
                decoded++;
            }
            catch (ImageDecodeException)
            {
            }
        }
        Assert.InRange(decoded, kind is "png" ? 0 : 1, 399);   // a PNG has checksums
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.9)]
    public void A_JPEG_whose_data_end_early_at_an_end_marker_is_an_error_too(double part)
    {
        var file = Image("jpeg");
        byte[] cut = [.. file[..(int)(part * file.Length)], 0xFF, 0xD9];
        Assert.Contains("before its pixels do", Assert.Throws<ImageDecodeException>(() => Preprocessor.Run(cut, new float[Preprocessor.Length])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_length_coded_BMP_that_ends_before_its_last_pixel_is_truncated()
    {
        byte[] Bmp(params byte[] runs)
        {
            var file = new byte[54 + 1024];
            "BM"u8.CopyTo(file);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), file.Length);
            foreach (var (at, value) in (ReadOnlySpan<(int, int)>)[(14, 40), (18, 2), (22, 2), (30, 1), (46, 256)])
                BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);
            (file[26], file[28]) = (1, 8);
            return [.. file, .. runs];
        }
        using (var whole = ImageDecoder.Decode(Bmp(2, 0, 0, 0, 2, 0, 0, 1), ImageOrientation.Upright, 100)) Assert.Equal((2, 2), (whole.Width, whole.Height));
        Assert.Contains("truncated", Assert.Throws<ImageDecodeException>(() => ImageDecoder.Decode(Bmp(2, 0, 0, 1), ImageOrientation.Upright, 100)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("IHDR", 16, 0)]
    [InlineData("PLTE", 8, 3)]
    public void A_PNG_chunk_with_a_wrong_checksum_is_corrupt(string chunk, byte bits, byte colour)
    {
        var file = Png(2, 2, bits, colour, rows: new byte[2 * (1 + 2 * bits / 8)], palette: colour == 3 ? [1, 2, 3] : null);
        RgbImage.Decode(file, ImageOrientation.Upright);
        file[file.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(chunk)) + (chunk == "IHDR" ? 11 : 4)] ^= 3;   // the height from 2 to 1; a colour
        Assert.Contains($"'{chunk}'", Assert.Throws<ImageDecodeException>(() => RgbImage.Decode(file, ImageOrientation.Upright)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_of_a_PNG_are_a_bomb_together_too()
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(new byte[1 << 20]);
        byte[] file = Png(1, 1, bits: 8, colour: 2, rows: [0, 7, 8, 9]);
        using var png = new MemoryStream();
        png.Write(file.AsSpan(0, 33));
        for (var i = 0; i < 70; i++) Chunk(png, "zTXt"u8, [(byte)'x', 0, 0, .. packed.ToArray()]);
        png.Write(file.AsSpan(33));
        Assert.Contains("bomb", Assert.Throws<ImageDecodeException>(() => RgbImage.Decode(png.ToArray(), ImageOrientation.AsStored)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>As Pillow does, which passes over an iTXt of an unknown method and refuses a zTXt.</summary>
    [Fact]
    public void A_text_of_an_unknown_compression_is_passed_over_or_corrupt_as_Pillow_has_it()
    {
        byte[] With(ReadOnlySpan<byte> type, byte[] text)
        {
            byte[] file = Png(1, 1, bits: 8, colour: 2, rows: [0, 7, 8, 9]);
            using var png = new MemoryStream();
            png.Write(file.AsSpan(0, 33));
            Chunk(png, type, text);
            png.Write(file.AsSpan(33));
            return png.ToArray();
        }
        Assert.Equal([7, 8, 9], RgbImage.Decode(With("iTXt"u8, [(byte)'x', 0, 1, 5, 0, 0, 1, 2, 3]), ImageOrientation.Upright).Pixels.ToArray());
        Assert.Contains("method 5", Assert.Throws<ImageDecodeException>(() =>
            RgbImage.Decode(With("zTXt"u8, [(byte)'x', 0, 5, 1, 2, 3]), ImageOrientation.Upright)).Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_pixel_limit_is_the_most_that_passes(string kind)
    {
        var file = Image(kind);
        new ImagePreprocessor(Preprocessor.Preprocessing, maxPixels: 67 * 45).Run(file, new float[Preprocessor.Length]);
        var strict = new ImagePreprocessor(Preprocessor.Preprocessing, maxPixels: 67 * 45 - 1);
        var error = Assert.Throws<ImageDecodeException>(() => strict.Run(file, new float[Preprocessor.Length]));
        Assert.Contains("67 × 45", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bomb_is_refused_before_memory_is_taken_for_it()
    {
        var bomb = Png(width: 60_000, height: 60_000, bits: 8, colour: 2, rows: [0]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<ImageDecodeException>(() => Preprocessor.Run(bomb, new float[Preprocessor.Length]));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Contains("60000 × 60000", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(29)]
    [InlineData(93)]
    public void A_palette_of_impossible_depth_takes_no_memory(byte bits)
    {
        var file = Png(width: 4, height: 1, bits, colour: 3, rows: [0, 0], palette: [1, 2, 3]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ImageDecodeException>(() => Preprocessor.Run(file, new float[Preprocessor.Length]));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_damaged_colour_profile_is_ignored_as_profiles_are()
    {
        byte[] profile = [(byte)'x', 0, 0, 0x78, 0xbb, 1, 2, 3, 4];   // name, method, a zlib stream that wants a dictionary
        var image = RgbImage.Decode(Png(1, 1, bits: 8, colour: 2, rows: [0, 7, 8, 9], profile: profile), ImageOrientation.Upright);
        Assert.Equal([7, 8, 9], image.Pixels.ToArray());
    }

    /// <summary>As Pillow has it: what does not begin as a TIFF header is no EXIF, and a header that is cut off is an error.</summary>
    [Fact]
    public void A_stub_of_EXIF_is_no_reason_to_refuse_but_a_header_that_is_cut_off_is()
    {
        for (var length = 0; length < 8; length++)
        {
            byte[] header = [.. "MM\0*\0\0\0\b"u8[..length]];
            Assert.Equal([7, 8, 9], RgbImage.Decode(With(new byte[length]), ImageOrientation.Upright).Pixels.ToArray());
            Assert.Equal([7, 8, 9], RgbImage.Decode(With(header), ImageOrientation.AsStored).Pixels.ToArray());
            if (length < 4) Assert.Equal([7, 8, 9], RgbImage.Decode(With(header), ImageOrientation.Upright).Pixels.ToArray());
            else Assert.Contains("EXIF", Assert.Throws<ImageDecodeException>(() => RgbImage.Decode(With(header))).Message, StringComparison.Ordinal);
        }
        byte[] With(byte[] exif) => Png(1, 1, bits: 8, colour: 2, rows: [0, 7, 8, 9], exif: exif);
    }

    [Fact]
    public void Sixteen_bits_are_divided_by_257()
    {
        byte[] row = [0, 0x00, 0x00, 0x01, 0x01, 0x80, 0x80, 0xff, 0xff];   // filter 0, then 0, 257, 128 · 257, 65535
        var image = RgbImage.Decode(Png(4, 1, bits: 16, colour: 0, rows: row), ImageOrientation.Upright);
        Assert.Equal([0, 0, 0, 1, 1, 1, 128, 128, 128, 255, 255, 255], image.Pixels.ToArray());
    }

    [Fact]
    public void Sixteen_bits_of_which_one_value_is_transparent_are_divided_too()
    {
        byte[] row = [0, 0x00, 0x00, 0x01, 0x01, 0x80, 0x80, 0xff, 0xff];
        var file = Png(4, 1, bits: 16, colour: 0, rows: row);
        using var png = new MemoryStream();
        png.Write(file.AsSpan(0, 33));
        Chunk(png, "tRNS"u8, [0x80, 0x80]);
        png.Write(file.AsSpan(33));
        Assert.Equal([0, 0, 0, 1, 1, 1, 128, 128, 128, 255, 255, 255], RgbImage.Decode(png.ToArray(), ImageOrientation.Upright).Pixels.ToArray());
    }

    [Fact]
    public void Colour_under_transparent_pixels_is_kept_as_it_is()
    {
        byte[] row = [0, 200, 100, 50, 0, 10, 20, 30, 128];
        var image = RgbImage.Decode(Png(2, 1, bits: 8, colour: 6, rows: row), ImageOrientation.Upright);
        Assert.Equal([200, 100, 50, 10, 20, 30], image.Pixels.ToArray());
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("hello", "text")]
    [InlineData("II*\0\u0008\0\0\0", "TIFF")]
    [InlineData("P6\n2 2\n255\n", "PNM")]
    [InlineData("P5 2 2 255 ", "PNM")]
    [InlineData("8BPS\0\u0001", "PSD")]
    [InlineData("\0\0\u0001\0\u0001\0", "ICO")]
    [InlineData("\u00ff\n\u00fa", "JPEG XL")]
    [InlineData("\0\0\0\fJXL \r\n", "JPEG XL")]
    [InlineData("\0\0\0\fjP  \r\n", "JPEG 2000")]
    [InlineData("%PDF-1.7", "PDF")]
    [InlineData("PK\u0003\u0004", "ZIP")]
    [InlineData("\u001f\u008b\b", "gzip")]
    [InlineData("\n<!doctype HTML><html>", "HTML")]
    [InlineData("<svg width=\"1\">", "SVG")]
    [InlineData("RIFF\u0001\0\0\0AVI ", "video")]
    public void What_is_no_image_is_called_what_it_is(string content, string word)
    {
        var error = Assert.Throws<ImageDecodeException>(() => Preprocessor.Run(System.Text.Encoding.Latin1.GetBytes(content), new float[Preprocessor.Length]));
        Assert.Contains(word, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A GIF of gray noise, its pixels as plain 9-bit codes: the table is cleared before the codes would grow.</summary>
    private static byte[] Gif(int width, int height)
    {
        const int ClearCode = 256, EndCode = 257, CodeBits = 9;
        var pixels = new byte[width * height];
        new Random(3).NextBytes(pixels);
        var codes = pixels.Chunk(250).SelectMany(part => part.Select(p => (int)p).Prepend(ClearCode)).Append(EndCode);
        var bits = codes.SelectMany(code => Enumerable.Range(0, CodeBits).Select(bit => (code >> bit) & 1)).ToArray();
        var data = bits.Chunk(8).Select(b => (byte)b.Select((bit, i) => bit << i).Sum()).ToArray();
        return
        [
            .. "GIF89a"u8, (byte)width, 0, (byte)height, 0, 0, 0, 0,
            (byte)',', 0, 0, 0, 0, (byte)width, 0, (byte)height, 0, 0, 8,
            .. data.Chunk(255).SelectMany(block => block.Prepend((byte)block.Length)), 0, (byte)';',
        ];
    }

    /// <summary>A PNG of raw rows (each begun by its filter byte).</summary>
    private static byte[] Png(int width, int height, byte bits, byte colour, byte[] rows, byte[]? palette = null, byte[]? profile = null, byte[]? exif = null)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(rows);
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (bits, colour);
        Chunk(png, "IHDR"u8, header);
        if (profile is not null) Chunk(png, "iCCP"u8, profile);
        if (exif is not null) Chunk(png, "eXIf"u8, exif);
        if (palette is not null) Chunk(png, "PLTE"u8, palette);
        Chunk(png, "IDAT"u8, packed.ToArray());
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void Chunk(MemoryStream png, ReadOnlySpan<byte> type, byte[] data)
    {
        byte[] body = [.. type, .. data];
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Compute(body));
        png.Write(number);
    }
}
