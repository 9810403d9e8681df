namespace Dla.MLNet.Tests.Preprocessing;

/// <summary>Which kinds of JPEG are read, to which bytes, and which are refused why. The sums are of Pillow 9.4.</summary>
public sealed class JpegKindsTests
{
    private const string Baseline = "cf6b29437cdbafb1", ThreeScans = "79763dcc23edb08a";

    public static TheoryData<string, int> MissingData => new(
        from kind in (string[])["plain", "no tables", "conditions", "height", "height at the end", "progressive", "three scans"]
        from percent in (int[])[30, 70]
        select (kind, percent));

    [Fact]
    public void Tables_that_are_left_out_are_those_of_the_standard() =>
        Assert.Equal(Baseline, Digest(JpegParts.Baseline.Without(JpegParts.Huffman)));

    [Fact]
    public void A_progressive_file_without_tables_is_refused() =>
        Assert.Contains("Huffman table", Refuse(JpegParts.Of(JpegDecoderTests.Progressive).Without(JpegParts.Huffman)), StringComparison.Ordinal);

    [Theory]
    [InlineData(0xCC, new byte[] { 0, 0x10 })]   // conditions of arithmetic coding
    [InlineData(0xDC, new byte[] { 0, 24 })]     // the height again
    [InlineData(0xDC, new byte[] { 0, 16 })]     // another, which libjpeg ignores
    [InlineData(0xE5, new byte[0])]
    [InlineData(0xFE, new byte[] { 1, 2, 3 })]
    [InlineData(0x01, new byte[0])]
    [InlineData(0xD3, new byte[0])]
    public void A_segment_that_says_nothing_about_the_pixels_changes_none(int marker, byte[] segment)
    {
        var file = JpegParts.Baseline;
        for (var i = file.All.Count - 1; i >= 0; i--) file.Insert(i, marker, segment);
        Assert.Equal(Baseline, Digest(file));
    }

    [Fact]
    public void The_height_may_come_after_the_first_scan()
    {
        Assert.Equal(Baseline, Digest(HeightAtTheEnd(JpegParts.Baseline, 24)));
        Assert.Equal(ThreeScans, Digest(HeightAtTheEnd(JpegParts.ThreeScans, 20)));
        Assert.Contains("40 × 0", Refuse(HeightAtTheEnd(JpegParts.Baseline, 0)), StringComparison.Ordinal);
        Assert.Contains("40 × 0", Refuse(HeightAtTheEnd(JpegParts.Baseline, 24).Without(0xDC)), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(MissingData))]
    public void Data_that_are_missing_are_never_a_gray_rest(string kind, int percent)
    {
        var file = kind switch
        {
            "no tables" => JpegParts.Baseline.Without(JpegParts.Huffman),
            "conditions" => JpegParts.Baseline.Insert(1, 0xCC, 0, 0x10),
            "height" => JpegParts.Baseline.Insert(1, 0xDC, 0, 24),
            "height at the end" => HeightAtTheEnd(JpegParts.Baseline, 24),
            "progressive" => JpegParts.Of(JpegDecoderTests.Progressive).WithScans(1),
            "three scans" => JpegParts.ThreeScans,
            _ => JpegParts.Baseline,
        };
        Assert.Contains("before its pixels do", Refuse(file.Cut(percent / 100.0)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0xC3, "lossless")]
    [InlineData(0xC5, "hierarchical")]
    [InlineData(0xC6, "hierarchical")]
    [InlineData(0xC7, "hierarchical")]
    [InlineData(0xC9, "arithmetic-coded")]
    [InlineData(0xCA, "arithmetic-coded")]
    [InlineData(0xCB, "lossless and arithmetic-coded")]
    [InlineData(0xCD, "hierarchical")]
    [InlineData(0xCF, "hierarchical")]
    public void A_kind_that_browsers_do_not_show_either_is_refused_by_name(int marker, string name)
    {
        var file = JpegParts.Baseline;
        var frame = file.IndexOf(JpegParts.Frame);
        file.All[frame] = file.All[frame] with { Marker = marker };
        var message = Refuse(file);
        Assert.Contains($"is {name}, which is not supported", message, StringComparison.Ordinal);
        Assert.Contains("Convert it", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 12, "12 bits deep")]
    [InlineData(0, 16, "16 bits")]
    [InlineData(5, 2, "wrong length")]
    [InlineData(3, 0xFF, "before its pixels do")]
    [InlineData(7, 0x51, "sampling factors")]
    [InlineData(10, 0x31, "multiples")]
    [InlineData(8, 3, "quantization table 3")]
    public void A_frame_that_makes_no_sense_is_refused_with_the_reason(int at, byte value, string reason)
    {
        var file = JpegParts.Baseline;
        var frame = file.All[file.IndexOf(JpegParts.Frame)].Segment;
        frame[at] = value;
        Assert.Contains(reason, Refuse(file), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_or_five_components_are_refused()
    {
        foreach (var count in (byte[])[2, 5])
        {
            var file = JpegParts.Baseline;
            var frame = file.IndexOf(JpegParts.Frame);
            byte[] header = [8, 0, 24, 0, 40, count, .. Enumerable.Range(1, count).SelectMany(id => new byte[] { (byte)id, 0x11, 0 })];
            file.All[frame] = file.All[frame] with { Segment = header };
            Assert.Contains($"{count} components", Refuse(file), StringComparison.Ordinal);
        }
    }

    /// <summary>T.81 B.2.3. libjpeg-turbo refuses most of them, too.</summary>
    [Theory]
    [InlineData(3, 1, 2)]
    [InlineData(1, 3, 2)]
    [InlineData(2, 1, 3)]
    [InlineData(1, 1, 2)]
    public void Components_of_a_scan_in_another_order_than_the_frames_are_refused(byte a, byte b, byte c)
    {
        var file = JpegParts.Baseline;
        var scan = file.All[file.IndexOf(JpegParts.Scan)].Segment;
        (scan[1], scan[3], scan[5]) = (a, b, c);
        Assert.Contains("component", Refuse(file), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Components_without_a_scan_are_refused(int scans) =>
        Assert.Contains("no data", Refuse(JpegParts.ThreeScans.WithScans(scans)), StringComparison.Ordinal);

    [Fact]
    public void A_component_with_two_scans_is_refused()
    {
        var file = JpegParts.ThreeScans;
        file.All.Insert(file.All.Count - 1, file.All[^2]);
        Assert.Contains("has two scans", Refuse(file), StringComparison.Ordinal);
    }

    [Fact]
    public void Colors_are_decided_at_the_first_scan()
    {
        var file = JpegParts.ThreeScans;
        Assert.Equal(ThreeScans, Digest(file));
        byte[] jfif = [.. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0];
        Assert.Equal(ThreeScans, Digest(file.Insert(file.IndexOf(JpegParts.Scan) + 1, 0xE0, jfif)));
        Assert.NotEqual(ThreeScans, Digest(JpegParts.ThreeScans.Insert(0, 0xE0, jfif)));
    }

    [Theory]
    [InlineData(0xD8, "second image")]
    [InlineData(JpegParts.Frame, "two frames")]
    [InlineData(JpegParts.Scan, "second scan")]
    [InlineData(0x02, "FF 02")]
    [InlineData(0xF3, "FF F3")]
    [InlineData(JpegParts.Huffman, "wrong length")]
    public void What_follows_the_last_pixel_must_make_sense(int marker, string reason)
    {
        var file = JpegParts.Baseline;
        var segment = marker is JpegParts.Frame or JpegParts.Scan ? file.All[file.IndexOf(marker)].Segment : [1, 2];
        Assert.Contains(reason, Refuse(file.Insert(file.All.Count - 1, marker, segment)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_without_an_end_marker_is_read_whatever_follows()
    {
        var file = JpegParts.Baseline;
        file.All.RemoveAt(file.All.Count - 1);
        for (var length = 0; length < 40; length++) Assert.Equal(Baseline, Digest([.. file.ToArray(), .. Enumerable.Repeat((byte)'e', length)]));
        Assert.Equal(Baseline, Digest([.. file.ToArray(), 0xFF, 0xFE, 0x40]));
        Assert.Contains("truncated", Refuse(JpegParts.Of(JpegDecoderTests.Progressive).ToArray()[..^2]), StringComparison.Ordinal);
    }

    /// <summary>The later scans are guessed from the DC coefficients, as libjpeg-turbo 2.1.5 does.</summary>
    [Fact]
    public void An_unfinished_progressive_file_is_smoothed_to_the_bytes_of_Pillow()
    {
        string[] expected =
        [
            "aef99259cbc34617", "a0cd2095aca915c5", "ff889a814324c2a3", "006eb68a6419d217", "5386f7c13454bb0a",
            "4a8baf36a2e7bcc7", "4865ad2c2be16b22", "a6e1691aef1b8f14", "5c906007d3e8f5ba", "4a9724facf7e7f54",
        ];
        Assert.Equal(expected, Enumerable.Range(1, 10).Select(scans => Digest(JpegParts.Of(JpegDecoderTests.Progressive).WithScans(scans))));
    }

    [Fact]
    public void A_progressive_file_whose_first_scan_is_missing_is_refused()
    {
        var file = JpegParts.Of(JpegDecoderTests.Progressive);
        file.All.RemoveAt(file.IndexOf(JpegParts.Scan));
        Assert.Contains("no data", Refuse(file), StringComparison.Ordinal);
    }

    private static JpegParts HeightAtTheEnd(JpegParts file, byte height)
    {
        var frame = file.All[file.IndexOf(JpegParts.Frame)].Segment;
        (frame[1], frame[2]) = (0, 0);
        return file.Insert(file.IndexOf(JpegParts.Scan) + 1, 0xDC, 0, height);
    }

    private static string Refuse(JpegParts file) => Refuse(file.ToArray());

    private static string Refuse(byte[] file) => Assert.Throws<ImageDecodeException>(() => RgbImage.Decode(file)).Message;

    private static string Digest(JpegParts file) => Digest(file.ToArray());

    private static string Digest(byte[] file) => ReferenceCases.Sha256(RgbImage.Decode(file).Pixels.Span)[..16];
}
