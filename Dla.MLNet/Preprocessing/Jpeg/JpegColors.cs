namespace Dla.MLNet;

/// <summary>What a JPEG file's components are.</summary>
internal enum JpegColors
{
    Gray,
    Ycc,
    Rgb,
    Cmyk,
    Ycck,
}
