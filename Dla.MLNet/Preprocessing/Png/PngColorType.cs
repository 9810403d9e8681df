namespace Dla.MLNet;

/// <summary>The channels of a PNG file, by the numbers of its standard.</summary>
internal enum PngColorType
{
    /// <summary>One channel: gray.</summary>
    Gray = 0,

    /// <summary>Three channels: red, green, blue.</summary>
    Rgb = 2,

    /// <summary>One channel: an index into the palette.</summary>
    Palette = 3,

    /// <summary>Two channels: gray and alpha.</summary>
    GrayAlpha = 4,

    /// <summary>Four channels: red, green, blue, alpha.</summary>
    Rgba = 6,
}
