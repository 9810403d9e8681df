namespace Dla.MLNet;

/// <summary>Where the pixels of a stored image belong in the upright image: at <c>First + x · Column + y · Row</c>.</summary>
/// <param name="Width">Width of the upright image in pixels.</param>
/// <param name="Height">Height of the upright image in pixels.</param>
/// <param name="First">The place of the first stored pixel.</param>
/// <param name="Column">The step to the next stored column.</param>
/// <param name="Row">The step to the next stored row.</param>
internal readonly record struct UprightLayout(int Width, int Height, int First, int Column, int Row)
{
    /// <summary>Whether stored rows are upright columns.</summary>
    public bool IsTurned => Row is 1 or -1 && Column is not (1 or -1);

    /// <summary>The layout for an image that is stored with an EXIF orientation.</summary>
    /// <param name="width">Width of the stored image in pixels.</param>
    /// <param name="height">Height of the stored image in pixels.</param>
    /// <param name="orientation">2 … 8; other numbers leave the image as stored.</param>
    public static UprightLayout Of(int width, int height, int orientation) => orientation switch
    {
        2 => new(width, height, width - 1, -1, width),
        3 => new(width, height, width * height - 1, -1, -width),
        4 => new(width, height, (height - 1) * width, 1, -width),
        5 => new(height, width, 0, height, 1),
        6 => new(height, width, height - 1, height, -1),
        7 => new(height, width, width * height - 1, -height, -1),
        8 => new(height, width, (width - 1) * height, -height, 1),
        _ => new(width, height, 0, 1, width),
    };
}
