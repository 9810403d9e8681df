namespace Dla.MLNet;

/// <summary>A resized image and the part of it that is wanted, in pixels.</summary>
/// <remarks>The resized sizes are 64-bit: the longer side of a line of pixels grows beyond 32 bits, of which only the centre is computed.</remarks>
internal readonly record struct ResizedWindow(long ResizedWidth, long ResizedHeight, long Left, long Top, int Width, int Height)
{
    /// <summary>The same window with rows and columns exchanged.</summary>
    public ResizedWindow Transposed => new(ResizedHeight, ResizedWidth, Top, Left, Height, Width);

    /// <summary>The whole resized image.</summary>
    public static ResizedWindow Whole(int width, int height) => new(width, height, 0, 0, width, height);

    /// <summary>torchvision's <c>Resize(resizeShortSide)</c> followed by <c>CenterCrop(cropSize)</c>.</summary>
    public static ResizedWindow Centre(int width, int height, int resizeShortSide, int cropSize)
    {
        var (shorter, longer) = width <= height ? (width, height) : (height, width);
        var resizedLonger = (long)((double)((long)resizeShortSide * longer) / shorter);
        var (resizedWidth, resizedHeight) = width <= height ? (resizeShortSide, resizedLonger) : (resizedLonger, (long)resizeShortSide);
        return new(resizedWidth, resizedHeight, Margin(resizedWidth, cropSize), Margin(resizedHeight, cropSize), cropSize, cropSize);
    }

    /// <summary>Python's <c>int(round((size − crop) / 2.0))</c>: a half is rounded to the even neighbour.</summary>
    private static long Margin(long size, int cropSize) => (long)Math.Round((size - cropSize) / 2.0, MidpointRounding.ToEven);
}
