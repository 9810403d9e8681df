namespace Dla.MLNet;

/// <summary>Says what a file is that is none of the images which can be read, from its first bytes.</summary>
internal static class UnknownFile
{
    private const string Expected = "expected a JPEG, PNG, BMP, GIF or WebP image";

    /// <summary>What was found, what was expected and what to do.</summary>
    public static string Describe(ReadOnlySpan<byte> start) => start switch
    {
        [] => $"The file is empty; {Expected}.",
        [(byte)'I', (byte)'I', 42 or 43, 0, ..] or [(byte)'M', (byte)'M', 0, 42 or 43, ..] => Image("a TIFF or camera raw image"),
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => Image("an AVIF, HEIF or video file"),
        [(byte)'P', >= (byte)'1' and <= (byte)'7' or (byte)'F' or (byte)'f', (byte)'\n' or (byte)'\r' or (byte)' ' or (byte)'\t', ..] =>
            Image("a PNM image (PBM, PGM, PPM, PAM or PFM)"),
        [0, 0, 0, 12, (byte)'j', (byte)'P', (byte)' ', (byte)' ', ..] or [0xFF, 0x4F, 0xFF, 0x51, ..] => Image("a JPEG 2000 image"),
        [0, 0, 0, 12, (byte)'J', (byte)'X', (byte)'L', (byte)' ', ..] or [0xFF, 0x0A, ..] => Image("a JPEG XL image"),
        [0, 0, 1 or 2, 0, ..] => Image("an icon or cursor (ICO, CUR)"),
        [0x76, 0x2F, 0x31, 0x01, ..] => Image("an OpenEXR image"),
        _ when start.StartsWith("8BPS"u8) => Image("a Photoshop document (PSD)"),
        _ when start.StartsWith("qoif"u8) => Image("a QOI image"),
        _ when start.StartsWith("#?RADIANCE"u8) || start.StartsWith("#?RGBE"u8) => Image("a Radiance HDR image"),
        _ when start.StartsWith("%PDF"u8) || start.StartsWith("%!PS"u8) => Other("a PDF or PostScript document", "Save its pages as images."),
        _ when start.StartsWith("PK\u0003\u0004"u8) => Other("a ZIP archive", "Unpack it."),
        [0x1F, 0x8B, ..] => Other("a gzip archive", "Unpack it."),
        [(byte)'7', (byte)'z', 0xBC, 0xAF, ..] => Other("a 7-Zip archive", "Unpack it."),
        _ when start.StartsWith("Rar!"u8) => Other("a RAR archive", "Unpack it."),
        _ when start.StartsWith("RIFF"u8) => Other("a RIFF file, sound or video", "Save the image that you mean."),
        _ when LooksLikeText(start) => DescribeText(start),
        _ => $"The file begins with bytes {Convert.ToHexString(start[..Math.Min(start.Length, 8)])}, which no known format does; {Expected}.",
    };

    private static string Image(string kind) => $"The file is {kind}, which is not supported; {Expected}. Convert it to PNG or JPEG.";

    private static string Other(string kind, string remedy) => $"The file is {kind}, not an image; {Expected}. {remedy}";

    private static string DescribeText(ReadOnlySpan<byte> start)
    {
        Span<char> text = stackalloc char[Math.Min(start.Length, ImageDecoder.StartLength)];
        System.Text.Encoding.Latin1.GetChars(start[..text.Length], text);
        ReadOnlySpan<char> words = text.Trim();
        if (words.StartsWith("<!DOCTYPE html", StringComparison.OrdinalIgnoreCase) || words.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
            return Other("an HTML page", "A download that failed leaves such files.");
        if (words.StartsWith("<svg", StringComparison.OrdinalIgnoreCase) || words.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase))
            return Image("an SVG drawing or other XML");
        return Other("text", "A download that failed leaves such files.");
    }

    private static bool LooksLikeText(ReadOnlySpan<byte> start)
    {
        foreach (var b in start[..Math.Min(start.Length, ImageDecoder.StartLength)])
        {
            if (b is < 0x20 and not ((byte)'\t' or (byte)'\r' or (byte)'\n')) return false;
        }
        return true;
    }
}
