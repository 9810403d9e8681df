namespace Dla.MLNet;

/// <summary>Names the kinds of JPEG that are not read.</summary>
internal static class JpegKinds
{
    /// <summary>The reason why the segment of a marker cannot be read.</summary>
    public static ImageDecodeException Refuse(int marker) => marker switch
    {
        0xC3 => Unsupported("lossless"),
        0xC9 or 0xCA => Unsupported("arithmetic-coded"),
        0xCB => Unsupported("lossless and arithmetic-coded"),
        (>= 0xC5 and <= 0xC7) or (>= 0xCD and <= 0xCF) or 0xDE or 0xDF => Unsupported("hierarchical"),
        0xD8 => JpegDecoder.Corrupt("a second image begins within it"),
        _ => JpegDecoder.Corrupt($"it has an unknown segment, marker FF {marker:X2}"),
    };

    /// <summary>The reason why samples of a number of bits cannot be read.</summary>
    public static ImageDecodeException RefusePrecision(int bits) => bits == 12
        ? Unsupported("12 bits deep")
        : JpegDecoder.Corrupt($"its samples have {bits} bits. Expected 8");

    private static ImageDecodeException Unsupported(string kind) => new(
        $"The JPEG image is {kind}, which is not supported. Browsers do not show such files either. " +
        "Convert it to PNG or to a baseline or progressive JPEG with Huffman coding and 8 bits.");
}
