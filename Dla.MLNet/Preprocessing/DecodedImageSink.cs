namespace Dla.MLNet;

/// <summary>Collects a whole image, upright, for those who need all of its pixels.</summary>
internal sealed class DecodedImageSink : UprightSink, IDisposable
{
    private DecodedImage? _image;

    /// <summary>Hands the image over: its memory is the caller's from now on.</summary>
    public DecodedImage Detach()
    {
        var image = _image ?? throw new InvalidOperationException("There is no image. Decode one into the sink first.");
        _image = null;
        return image;
    }

    /// <summary>Gives back the memory of an image that was not handed over.</summary>
    public void Dispose() => _image?.Dispose();

    /// <inheritdoc/>
    protected override void Allocate(int width, int height) =>
        _image = DecodedImage.Rent(width, height, PixelLimit.Largest);

    /// <inheritdoc/>
    protected override void Put(int first, int step, ReadOnlySpan<uint> pixels)
    {
        var colors = _image.GetValueOrDefault().Colors;
        if (step == 1) pixels.CopyTo(colors[first..]);
        else
        {
            foreach (var pixel in pixels)
            {
                colors[first] = pixel;
                first += step;
            }
        }
    }
}
