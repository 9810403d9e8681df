using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Which parts of an image speak for a class: the contribution of each position to the class's logit.</summary>
/// <remarks>
/// The network averages its features over the plane before a linear head, so that the head applied at each position is exact and not an approximation:
/// the mean of <see cref="Values"/> plus <see cref="Bias"/> is the logit. Values above 0 speak for the class, values below 0 against it.
/// </remarks>
public sealed class DlaActivationMap
{
    private readonly ImagePreprocessing _preprocessing;

    internal DlaActivationMap(string className, int height, int width, float[] values, float bias, ImagePreprocessing preprocessing)
    {
        (ClassName, Height, Width, Values, Bias) = (className, height, width, values, bias);
        _preprocessing = preprocessing;
    }

    /// <summary>The name of the class.</summary>
    public string ClassName { get; }

    /// <summary>Rows of the map, from top to bottom of the crop that the network saw: its side / 32 for DLA.</summary>
    public int Height { get; }

    /// <summary>Columns of the map, from left to right of the crop.</summary>
    public int Width { get; }

    /// <summary>Height × width contributions to the logit, row by row.</summary>
    public ReadOnlyMemory<float> Values { get; }

    /// <summary>The class's bias, which no position accounts for.</summary>
    public float Bias { get; }

    /// <summary>Draws the map over the photo: upright, with what the network did not see (outside of its crop) in the dark.</summary>
    /// <remarks>From dark violet over red to yellow the more a position speaks for the class; what speaks against it is left as it is.</remarks>
    /// <param name="encoded">The bytes of the image file that was explained.</param>
    /// <param name="options">See <see cref="DlaOverlayOptions"/>.</param>
    /// <returns>A PNG file.</returns>
    /// <exception cref="ImageDecodeException">The image is damaged, of no known format, or too large.</exception>
    /// <exception cref="ArgumentException">A value of <paramref name="options"/> makes no sense.</exception>
    public byte[] Overlay(ReadOnlySpan<byte> encoded, DlaOverlayOptions? options = null) => Overlays([this], encoded, options)[0];

    /// <inheritdoc cref="Overlay(ReadOnlySpan{byte}, DlaOverlayOptions)"/>
    /// <param name="path">The image file that was explained.</param>
    /// <param name="options">See <see cref="DlaOverlayOptions"/>.</param>
    public byte[] Overlay(string path, DlaOverlayOptions? options = null) => Overlays([this], path, options)[0];

    /// <inheritdoc cref="Overlay(ReadOnlySpan{byte}, DlaOverlayOptions)"/>
    /// <param name="image">
    /// The image that was explained; it is only read. One that ML.NET decoded from a file with an EXIF orientation is not upright, unlike the map of its path.
    /// </param>
    /// <param name="options">See <see cref="DlaOverlayOptions"/>.</param>
    public byte[] Overlay(MLImage image, DlaOverlayOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        options = Checked(options);
        PixelLimit.Check(image.Width, image.Height, options.MaxPixels);
        using var photo = MapOverlay.Sink(options);
        photo.Write(image);
        return MapOverlay.Draw(photo, [this], _preprocessing, options, bgr: image.PixelFormat == MLPixelFormat.Bgra32)[0];
    }

    /// <summary>Maps of one image, each over the photo.</summary>
    internal static IReadOnlyList<byte[]> Overlays(IReadOnlyList<DlaActivationMap> maps, ReadOnlySpan<byte> encoded, DlaOverlayOptions? options)
    {
        options = Checked(options);
        if (maps.Count == 0) return [];
        using var photo = MapOverlay.Sink(options);
        ImageDecoder.Decode(encoded, maps[0]._preprocessing.Orientation, options.MaxPixels, photo, options.Memory);
        return MapOverlay.Draw(photo, maps, maps[0]._preprocessing, options);
    }

    /// <inheritdoc cref="Overlays(IReadOnlyList{DlaActivationMap}, ReadOnlySpan{byte}, DlaOverlayOptions)"/>
    internal static IReadOnlyList<byte[]> Overlays(IReadOnlyList<DlaActivationMap> maps, string path, DlaOverlayOptions? options)
    {
        options = Checked(options);
        if (maps.Count == 0) return [];
        using var photo = MapOverlay.Sink(options);
        ImageFile.Read(path, options.MaxPixels, options.Memory, photo,
            (encoded, sink) => ImageDecoder.Decode(encoded, maps[0]._preprocessing.Orientation, options.MaxPixels, sink));
        return MapOverlay.Draw(photo, maps, maps[0]._preprocessing, options);
    }

    private static DlaOverlayOptions Checked(DlaOverlayOptions? options)
    {
        options ??= new DlaOverlayOptions();
        options.Validate();
        return options;
    }
}
