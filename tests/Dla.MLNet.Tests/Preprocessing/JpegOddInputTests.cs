using Dla.Tests;

namespace Dla.MLNet.Tests.Preprocessing;

/// <summary>The JPEG files of <c>shared/reference/odd-inputs/images</c>, with the values of Pillow 9.4.</summary>
public sealed class JpegOddInputTests
{
    [Theory]
    [InlineData("jpeg-exif-of-1-byte.jpg", "9b630914db108d03")]
    [InlineData("jpeg-exif-orientation-short-count-2.jpg", "e7fef03efb2620b1")]
    [InlineData("jpeg-jfif-between-scans.jpg", "3f0ffded62a04c2c")]
    [InlineData("jpeg-no-eoi-7-bytes-after.jpg", "0ef98e7445f3d393")]
    [InlineData("jpeg-no-huffman-tables-whole.jpg", "c9e3520204ebd49d")]
    public void An_odd_file_becomes_the_bytes_of_Pillow(string file, string sum) =>
        Assert.Equal(sum, ReferenceCases.Sha256(RgbImage.Decode(Read(file)).Pixels.Span)[..16]);

    [Theory]
    [InlineData("jpeg-arithmetic-10000-segments.jpg", "arithmetic-coded")]
    [InlineData("jpeg-arithmetic-cut.jpg", "arithmetic-coded")]
    [InlineData("jpeg-dac-segment-cut.jpg", "before its pixels do")]
    [InlineData("jpeg-no-huffman-tables-cut.jpg", "before its pixels do")]
    [InlineData("jpeg-progressive-99-scans-16mp.jpg", "blocks")]
    [InlineData("jpeg-scan-order-3-1-2.jpg", "component 1")]
    [InlineData("jpeg-second-soi-after-scan.jpg", "its data end before")]
    [InlineData("jpeg-two-components-without-scan.jpg", "no data")]
    public void A_file_with_damage_or_of_a_kind_that_is_not_read_is_refused_with_the_reason(string file, string reason) =>
        Assert.Contains(reason, Assert.Throws<ImageDecodeException>(() => RgbImage.Decode(Read(file))).Message, StringComparison.Ordinal);

    private static byte[] Read(string file) => File.ReadAllBytes(SharedData.Path("reference/odd-inputs/images/" + file));
}
