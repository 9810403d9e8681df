namespace Dla.MLNet;

/// <summary>Collects a whole image, upright, as bytes of R, G and B.</summary>
internal sealed class RgbImageSink : UprightSink
{
    private byte[] _pixels = [];
    private int _width;
    private int _height;

    /// <summary>The image that was decoded into the sink.</summary>
    public RgbImage ToImage() => new(_width, _height, _pixels);

    /// <inheritdoc/>
    protected override void Allocate(int width, int height)
    {
        (_width, _height) = (width, height);
        _pixels = GC.AllocateUninitializedArray<byte>(checked(width * height * 3));
    }

    /// <inheritdoc/>
    protected override void Put(int first, int step, ReadOnlySpan<uint> pixels)
    {
        var at = first * 3;
        foreach (var pixel in pixels)
        {
            (_pixels[at], _pixels[at + 1], _pixels[at + 2]) = ((byte)pixel, (byte)(pixel >> 8), (byte)(pixel >> 16));
            at += step * 3;
        }
    }
}
