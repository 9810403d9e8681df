using System.Buffers.Binary;

namespace Dla.MLNet.Tests.Preprocessing;

/// <summary>GIF and BMP: memory is taken for what a file holds, not for what it claims.</summary>
public sealed class SmallFileTests
{
    private const int Side = 13_000;   // squared within the limit of pixels

    /// <summary>A GIF of one gray frame pixel for pixel, cleared so often that the codes keep nine bits.</summary>
    private static byte[] Gif(int canvas, int left, int top, int width, int height, bool interlaced, byte codeSize = 8)
    {
        var codes = Enumerable.Range(0, width * height).SelectMany(i => (int[])[256, 1 + i % 200]).Append(257);
        var bits = codes.SelectMany(code => Enumerable.Range(0, 9).Select(bit => (code >> bit) & 1)).ToArray();
        var data = bits.Chunk(8).Select(b => (byte)b.Select((bit, i) => bit << i).Sum()).ToArray();
        byte[] Two(int value) => [(byte)value, (byte)(value >> 8)];
        return
        [
            .. "GIF89a"u8, .. Two(canvas), .. Two(canvas), 0, 0, 0,
            (byte)',', .. Two(left), .. Two(top), .. Two(width), .. Two(height), (byte)(interlaced ? 0x40 : 0), codeSize,
            .. data.Chunk(255).SelectMany(block => block.Prepend((byte)block.Length)), 0, (byte)';',
        ];
    }

    private static byte[] Bmp(int width, int height, short bits, int compression, params byte[] data)
    {
        var file = new byte[54 + (bits <= 8 ? 4 << bits : 0)];
        "BM"u8.CopyTo(file);
        foreach (var (at, value) in (ReadOnlySpan<(int, int)>)[(10, file.Length), (14, 40), (18, width), (22, height), (30, compression)])
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);
        (file[26], file[28]) = (1, (byte)bits);
        return [.. file, .. data];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_frame_on_a_larger_canvas_is_where_it_belongs(bool interlaced)
    {
        var image = RgbImage.Decode(Gif(canvas: 20, left: 3, top: 5, width: 7, height: 11, interlaced));
        int[] order = [.. new[] { (0, 8), (4, 8), (2, 4), (1, 2) }.SelectMany(p => Enumerable.Range(0, 11).Where(y => y >= p.Item1 && (y - p.Item1) % p.Item2 == 0))];
        for (var y = 0; y < 20; y++)
        {
            for (var x = 0; x < 20; x++)
            {
                var row = interlaced ? Array.IndexOf(order, y - 5) : y - 5;
                var expected = x is >= 3 and < 10 && y is >= 5 and < 16 ? 1 + (row * 7 + x - 3) % 200 : 0;
                Assert.Equal(expected, image.Pixels.Span[(y * 20 + x) * 3]);
            }
        }
    }

    [Fact]
    public void A_canvas_without_a_whole_frame_takes_only_rows()
    {
        Assert.InRange(Memory(Gif(Side, 100, 100, 1, 1, interlaced: false), refused: false), 0, 1 << 20);
        Assert.InRange(Memory(Gif(Side, 100, 100, 1, 1, interlaced: true), refused: false), 0, 1 << 20);
        Assert.InRange(Memory(Gif(Side, 0, 0, 1, 1, interlaced: false, codeSize: 0), refused: true), 0, 1 << 20);
    }

    [Theory]
    [InlineData(24, 0)]
    [InlineData(8, 0)]
    [InlineData(1, 0)]
    public void A_BMP_without_its_rows_takes_no_memory(short bits, int compression) =>
        Assert.InRange(Memory(Bmp(Side, Side, bits, compression), refused: true), 0, 1 << 20);

    [Theory]
    [InlineData(0x7C00u, 0x3E0u, 0x1Fu)]
    [InlineData(0xF800u, 0x7E0u, 0x1Fu)]
    [InlineData(0xFFC00000u, 0x3FF000u, 0xFFFu)]
    [InlineData(0xFFFFFFFFu, 1u, 0x80000000u)]
    [InlineData(0xF0F0u, 0u, 0xAAAA5555u)]
    public void Masks_scale_to_255_rounded_down(uint red, uint green, uint blue)
    {
        var random = new Random(4);
        foreach (var mask in (ReadOnlySpan<uint>)[red, green, blue])
        {
            var scaled = new BmpMask(mask);
            for (var i = 0; i < 10_000; i++)
            {
                var value = i == 0 ? uint.MaxValue : (uint)random.NextInt64(1L << 32);
                var shift = System.Numerics.BitOperations.TrailingZeroCount(mask);
                Assert.Equal(mask == 0 ? 0 : (int)((ulong)((value & mask) >> shift) * 255 / (mask >> shift)), scaled.Of(value));
            }
        }
    }

    /// <summary>Bytes that decoding took from the garbage collector on this thread.</summary>
    private static long Memory(byte[] file, bool refused)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var sink = new NoSink();
        if (refused) Assert.Throws<ImageDecodeException>(() => ImageDecoder.Decode(file, ImageOrientation.Upright, ImagePreprocessor.DefaultMaxPixels, sink));
        else ImageDecoder.Decode(file, ImageOrientation.Upright, ImagePreprocessor.DefaultMaxPixels, sink);
        return GC.GetAllocatedBytesForCurrentThread() - before + (refused && sink.Begun ? long.MaxValue / 2 : 0);
    }

    private sealed class NoSink : IPixelSink
    {
        public bool Begun { get; private set; }

        public void Begin(int width, int height, int orientation) => Begun = true;

        public void Write(ReadOnlySpan<uint> row)
        {
        }
    }
}
