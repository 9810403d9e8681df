namespace Dla.MLNet;

/// <summary>The formats that can be decoded.</summary>
internal enum ImageFormat
{
    Unknown,
    Jpeg,
    Png,
    Gif,
    Bmp,
    Webp,
}
