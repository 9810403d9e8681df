using System.Buffers.Binary;

namespace Dla.MLNet.Tests.Preprocessing;

/// <summary>Small files that ask for much work or memory.</summary>
public sealed class JpegLimitsTests
{
    private static readonly byte[] Sums = new byte[16];

    [Theory]
    [InlineData(4000, 97, true)]      // 250,000 blocks
    [InlineData(4000, 96, false)]
    [InlineData(13376, 9, true)]      // 2,795,584 blocks
    [InlineData(13376, 8, false)]
    public void Scans_are_counted_before_the_first_is_read(int side, int scans, bool isRefused)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var message = Refuse(Progressive(side, side, scans));
        Assert.Equal(isRefused, message.Contains("more than the limit of 24000000 blocks", StringComparison.Ordinal));
        if (isRefused) Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        else Assert.Contains("end before", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(12000, true)]    // 9,000,000 blocks of four components
    [InlineData(12001, false)]
    public void Blocks_of_a_progressive_image_are_counted_before_memory_is_taken(int side, bool isWithin)
    {
        var message = Refuse(Progressive(side, side, 1, components: 4));
        Assert.Equal(!isWithin, message.Contains("more than the limit of 9000000", StringComparison.Ordinal));
        Assert.Equal(isWithin, message.Contains("end before", StringComparison.Ordinal));
    }

    [Fact]
    public void A_higher_limit_of_pixels_allows_more_scans()
    {
        var file = Progressive(13376, 13376, 17);
        Assert.Contains("24000000 blocks", Refuse(file), StringComparison.Ordinal);
        Assert.DoesNotContain("blocks", Refuse(file, 2 * ImagePreprocessor.DefaultMaxPixels), StringComparison.Ordinal);
    }

    [Fact]
    public void Very_many_scans_of_a_small_image_are_read()
    {
        var file = JpegParts.Of(JpegDecoderTests.Progressive);
        var scan = file.IndexOf(JpegParts.Scan);
        var expected = RgbImage.Decode(file.ToArray());
        for (var i = 0; i < 300; i++) file.All.Insert(scan, file.All[scan]);   // the same scan again changes nothing
        Assert.True(expected.Pixels.Span.SequenceEqual(RgbImage.Decode(file.ToArray()).Pixels.Span));
    }

    [Fact]
    public void A_hundred_thousand_segments_change_nothing()
    {
        var file = JpegParts.Baseline.ToArray();
        var segments = Enumerable.Repeat(JpegParts.ToBytes(0xE1), 100_000).SelectMany(s => s);
        var tables = JpegParts.Baseline.All[JpegParts.Baseline.IndexOf(JpegParts.Huffman)].Segment;
        byte[] many = [.. file[..2], .. segments, .. Enumerable.Repeat(JpegParts.ToBytes(JpegParts.Huffman, tables), 10_000).SelectMany(s => s), .. file[2..]];
        Assert.True(RgbImage.Decode(file).Pixels.Span.SequenceEqual(RgbImage.Decode(many).Pixels.Span));
    }

    /// <summary>A progressive file with so many scans of its first component, all without data.</summary>
    private static byte[] Progressive(int width, int height, int scans, int components = 1)
    {
        var frame = new byte[6 + 3 * components];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(1), (ushort)height);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(3), (ushort)width);
        (frame[0], frame[5]) = (8, (byte)components);
        for (var i = 0; i < components; i++) (frame[6 + 3 * i], frame[7 + 3 * i]) = ((byte)(i + 1), 0x11);
        byte[] dc = [0, 1, .. Sums[1..], 0], ac = [0x10, 1, .. Sums[1..], 0xE0];
        return
        [
            0xFF, 0xD8, .. JpegParts.ToBytes(0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]), .. JpegParts.ToBytes(0xC2, frame),
            .. JpegParts.ToBytes(JpegParts.Huffman, [.. dc, .. ac]), .. JpegParts.ToBytes(JpegParts.Scan, 1, 1, 0, 0, 0, 0),
            .. Enumerable.Repeat(JpegParts.ToBytes(JpegParts.Scan, 1, 1, 0, 1, 63, 0), scans - 1).SelectMany(s => s), 0xFF, 0xD9,
        ];
    }

    private static string Refuse(byte[] file, long maxPixels = ImagePreprocessor.DefaultMaxPixels) =>
        Assert.Throws<ImageDecodeException>(() => RgbImage.Decode(file, maxPixels: maxPixels)).Message;
}
