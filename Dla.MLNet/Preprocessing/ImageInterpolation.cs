namespace Dla.MLNet;

/// <summary>The filter by which an image is resized, antialiased as Pillow does it.</summary>
public enum ImageInterpolation
{
    /// <summary>Triangle filter: the published networks' choice.</summary>
    Bilinear,

    /// <summary>Cubic filter with a = −0.5.</summary>
    Bicubic,
}
