using System.Buffers.Binary;
using Dla.Tests;
using SkiaSharp;

namespace Dla.MLNet.Tests.Preprocessing;

public sealed class WebpDecoderTests
{
    /// <summary>A lossless file of 16,384 × 3,000 pixels, all of one color: its codes take no bits.</summary>
    private static byte[] OneColor(int width = 16_384, int height = 3_000)
    {
        var bits = new List<bool>();
        void Put(int value, int count)
        {
            for (var i = 0; i < count; i++) bits.Add((value >> i & 1) != 0);
        }
        Put(0x2F, 8);
        Put(width - 1, 14);
        Put(height - 1, 14);
        Put(0, 1 + 3 + 1 + 1 + 1);   // alpha, version, no transform, no color cache, one group of codes
        foreach (var value in (ReadOnlySpan<int>)[20, 10, 30, 255, 0])   // green, red, blue, alpha, distance: a code of one symbol
        {
            Put(1, 1);
            Put(0, 1);
            Put(1, 1);
            Put(value, 8);
        }
        var data = bits.Chunk(8).Select(b => (byte)b.Select((set, i) => set ? 1 << i : 0).Sum()).ToArray();
        return Riff(("VP8L", data));
    }

    [Fact]
    public void A_small_file_of_many_pixels_is_decoded_to_all_of_them()
    {
        var sink = new CountingSink();
        ImageDecoder.Decode(OneColor(), ImageOrientation.Upright, ImagePreprocessor.DefaultMaxPixels, sink);
        Assert.Equal((16_384, 3_000, 3_000, DecodedImage.Color(10, 20, 30)), (sink.Width, sink.Height, sink.Rows, sink.Last));
    }

    [Fact]
    public void A_lossless_file_decodes_to_the_pixels_that_Skia_encoded()
    {
        foreach (var (width, height) in (ReadOnlySpan<(int, int)>)[(1, 1), (2, 3), (5, 1), (33, 40), (130, 67)])
        {
            using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
            var random = new Random(width);
            for (var y = 0; y < height; y++)
                for (var x = 0; x < width; x++) bitmap.SetPixel(x, y, new((byte)(3 * x), (byte)random.Next(x < 20 ? 256 : 3), (byte)(x ^ y)));
            using var pixmap = bitmap.PeekPixels();
            using var data = pixmap.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 90))!;
            var file = data!.ToArray();
            var image = RgbImage.Decode(file);
            var expected = bitmap.Pixels.SelectMany(p => (byte[])[p.Red, p.Green, p.Blue]).ToArray();
            Assert.Equal(expected, image.Pixels.ToArray());
            for (var length = 12; length < file.Length; length += 1 + file.Length / 99)
            {
                // Whole by its RIFF header, but without its last pixels. The very last bytes may be padding.
                var cut = Riff(("VP8L", file[20..Math.Max(20, length)]));
                if (length < file.Length - 8) Assert.Throws<ImageDecodeException>(() => RgbImage.Decode(cut));
            }
        }
    }

    /// <summary>Pillow refuses such files, whose orientation may be in what is missing.</summary>
    [Fact]
    public void A_file_that_is_cut_in_its_EXIF_chunk_is_refused_though_its_pixels_are_whole()
    {
        byte[] exif = [.. "MM\0*\0\0\0\u0008\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001\0"u8, 8, 0, 0, 0, 0, 0, 0];
        byte[] header = [8, 0, 0, 0, 4, 0, 0, 2, 0, 0];   // EXIF; 5 × 3
        var pixels = OneColor(5, 3)[20..];
        var file = Riff(("VP8X", header), ("VP8L", pixels), ("EXIF", exif));
        Assert.Equal((3, 5), (RgbImage.Decode(file).Width, RgbImage.Decode(file).Height));
        for (var cut = 1; cut < exif.Length + 8; cut++)
            Assert.Contains("truncated", Assert.Throws<ImageDecodeException>(() => RgbImage.Decode(file.AsSpan(0, file.Length - cut))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Chunks_that_decoding_does_not_need_never_reach_Skia()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(40, 30, SKColorType.Rgba8888, SKAlphaType.Opaque));
        bitmap.Erase(SKColors.Olive);
        var lossy = bitmap.Encode(SKEncodedImageFormat.Webp, 80).ToArray();
        byte[] header = [0x3C, 0, 0, 0, 39, 0, 0, 29, 0, 0];   // ICC, alpha, EXIF, XMP
        var data = lossy[20..(20 + BinaryPrimitives.ReadInt32LittleEndian(lossy.AsSpan(16)))];
        var file = Riff(("VP8X", header), ("ICCP", new byte[77]), ("ALPH", [9, 9, 9]), ("VP8 ", data), ("XMP ", [1]), ("ABCD", [2, 3]));
        Assert.Equal(RgbImage.Decode(lossy).Pixels.ToArray(), RgbImage.Decode(file).Pixels.ToArray());
    }

    [Fact]
    public void A_frame_beside_the_corner_is_placed_on_black()
    {
        byte[] header = [2, 0, 0, 0, 9, 0, 0, 7, 0, 0];   // animation; 10 × 8
        byte[] frame = [2, 0, 0, 1, 0, 0, 4, 0, 0, 2, 0, 0, 0, 0, 0, 0, .. Riff(("VP8L", OneColor(5, 3)[20..]))[12..]];
        var image = RgbImage.Decode(Riff(("VP8X", header), ("ANIM", new byte[6]), ("ANMF", frame), ("ANMF", [1])));
        for (var i = 0; i < 80; i++)
        {
            byte[] expected = i % 10 is >= 4 and < 9 && i / 10 is >= 2 and < 5 ? [10, 20, 30] : [0, 0, 0];
            Assert.Equal(expected, image.Pixels.Span.Slice(3 * i, 3).ToArray());
        }
    }

    [Fact]
    public void A_canvas_of_too_many_pixels_is_refused_before_anything_is_decoded()
    {
        byte[] header = [2, 0, 0, 0, 255, 255, 255, 255, 255, 255];
        var file = Riff(("VP8X", header), ("ANIM", new byte[6]));
        Assert.Contains("16777216", Assert.Throws<ImageDecodeException>(() => RgbImage.Decode(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_odd_file_that_is_cut_in_its_EXIF_chunk_is_refused()
    {
        var file = File.ReadAllBytes(SharedData.Path("reference/odd-inputs/images/webp-cut-in-exif-orientation-8.webp"));
        Assert.Throws<ImageDecodeException>(() => RgbImage.Decode(file));
        Assert.Throws<ImageDecodeException>(() => RgbImage.Decode(file, ImageOrientation.AsStored));
    }

    private static byte[] Riff(params (string Type, byte[] Data)[] chunks)
    {
        using var file = new MemoryStream();
        file.Write("RIFF    WEBP"u8);
        var number = new byte[4];
        foreach (var (type, data) in chunks)
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(type));
            BinaryPrimitives.WriteInt32LittleEndian(number, data.Length);
            file.Write(number);
            file.Write(data);
            if (data.Length % 2 == 1) file.WriteByte(0);
        }
        var bytes = file.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length - 8);
        return bytes;
    }

    private sealed class CountingSink : IPixelSink
    {
        public int Width { get; private set; }

        public int Height { get; private set; }

        public int Rows { get; private set; }

        public uint Last { get; private set; }

        public void Begin(int width, int height, int orientation) => (Width, Height) = (width, height);

        public void Write(ReadOnlySpan<uint> row) => (Rows, Last) = (Rows + 1, row[^1]);
    }
}
