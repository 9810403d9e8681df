using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Makes an image file a network's input: decodes, turns upright, resizes, crops and normalises, with the numbers of torchvision on Pillow.</summary>
/// <remarks>Immutable and safe for concurrent use. Memory for pixels and weights is pooled: images in sequence take no new one.</remarks>
public sealed class ImagePreprocessor
{
    /// <summary>Pillow's limit, above which it takes an image for a decompression bomb: 2 · (1 GiB / 4 / 3) pixels.</summary>
    public const long DefaultMaxPixels = 178_956_970;

    private readonly ImageCropper _cropper;
    private readonly long _maxPixels;

    /// <summary>Makes a preprocessor.</summary>
    /// <param name="preprocessing">Sizes, filter and normalisation. One mean makes images gray first, with Pillow's weights of R, G and B.</param>
    /// <param name="maxPixels">Images of more pixels are refused before memory is taken for them, 1 … 536,870,897. Default: Pillow's limit.</param>
    /// <exception cref="ArgumentException">A value of <paramref name="preprocessing"/> makes no sense.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxPixels"/> is out of its range.</exception>
    public ImagePreprocessor(ImagePreprocessing preprocessing, long maxPixels = DefaultMaxPixels)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        preprocessing.Validate();
        PixelLimit.CheckRange(maxPixels);
        Preprocessing = preprocessing;
        _cropper = new(preprocessing);
        _maxPixels = maxPixels;
        Length = checked(Channels * preprocessing.CropSize * preprocessing.CropSize);
    }

    /// <summary>What is done to an image.</summary>
    public ImagePreprocessing Preprocessing { get; }

    /// <summary>3 for RGB, 1 for gray: one per value of the mean.</summary>
    public int Channels => _cropper.Channels;

    /// <summary>Values of one image: channels · crop · crop.</summary>
    public int Length { get; }

    /// <summary>Decodes an image file and writes it normalised, channel by channel (CHW).</summary>
    /// <param name="encoded">The file's bytes: JPEG, PNG, BMP, GIF or WebP, told by the content.</param>
    /// <param name="pixels">Receives <see cref="Length"/> values (v / 255 − mean) / std.</param>
    /// <exception cref="ImageDecodeException">The image is empty, damaged, of no known format, or too large.</exception>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> is shorter than <see cref="Length"/>.</exception>
    public void Run(ReadOnlySpan<byte> encoded, Span<float> pixels)
    {
        Require(pixels.Length, nameof(pixels));
        using var image = Decode(encoded);
        _cropper.Run(image.Pixels, image.Width, image.Height, bgr: false, pixels);
    }

    /// <inheritdoc cref="Run(ReadOnlySpan{byte}, Span{float})"/>
    /// <param name="path">The image file; messages name it.</param>
    /// <param name="pixels">Receives <see cref="Length"/> values (v / 255 − mean) / std.</param>
    public void Run(string path, Span<float> pixels)
    {
        Require(pixels.Length, nameof(pixels));
        using var image = ImageFile.Read(path, Decode);
        _cropper.Run(image.Pixels, image.Width, image.Height, bgr: false, pixels);
    }

    /// <summary>Writes an image that is already decoded, normalised, channel by channel (CHW).</summary>
    /// <param name="image">
    /// Any image; it is only read. Its pixels are taken as they are: a file with alpha that ML.NET decoded has been premultiplied by it.
    /// </param>
    /// <param name="pixels">Receives <see cref="Length"/> values (v / 255 − mean) / std.</param>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> is shorter than <see cref="Length"/>.</exception>
    public void Run(MLImage image, Span<float> pixels)
    {
        Require(pixels.Length, nameof(pixels));
        ArgumentNullException.ThrowIfNull(image);
        using var gray = GrayCopy(image);
        _cropper.Run(gray is null ? image.Pixels : gray.Value.Pixels, image.Width, image.Height, IsBgr(image), pixels);
    }

    /// <summary>Decodes, resizes and crops an image file, and stops before the normalisation.</summary>
    /// <param name="encoded">The file's bytes: JPEG, PNG, BMP, GIF or WebP, told by the content.</param>
    /// <param name="pixels">Receives <see cref="Length"/> bytes, row-major with interleaved channels (HWC), identical to torchvision's on Pillow.</param>
    /// <exception cref="ImageDecodeException">The image is empty, damaged, of no known format, or too large.</exception>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> is shorter than <see cref="Length"/>.</exception>
    public void Crop(ReadOnlySpan<byte> encoded, Span<byte> pixels)
    {
        Require(pixels.Length, nameof(pixels));
        using var image = Decode(encoded);
        _cropper.Run(image.Pixels, image.Width, image.Height, bgr: false, pixels);
    }

    /// <inheritdoc cref="Crop(ReadOnlySpan{byte}, Span{byte})"/>
    /// <param name="path">The image file; messages name it.</param>
    /// <param name="pixels">Receives <see cref="Length"/> bytes, row-major with interleaved channels (HWC), identical to torchvision's on Pillow.</param>
    public void Crop(string path, Span<byte> pixels)
    {
        Require(pixels.Length, nameof(pixels));
        using var image = ImageFile.Read(path, Decode);
        _cropper.Run(image.Pixels, image.Width, image.Height, bgr: false, pixels);
    }

    /// <summary>Resizes and crops an image that is already decoded.</summary>
    /// <param name="image">
    /// Any image; it is only read. Its pixels are taken as they are: a file with alpha that ML.NET decoded has been premultiplied by it.
    /// </param>
    /// <param name="pixels">Receives <see cref="Length"/> bytes, row-major with interleaved channels (HWC).</param>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> is shorter than <see cref="Length"/>.</exception>
    public void Crop(MLImage image, Span<byte> pixels)
    {
        Require(pixels.Length, nameof(pixels));
        ArgumentNullException.ThrowIfNull(image);
        using var gray = GrayCopy(image);
        _cropper.Run(gray is null ? image.Pixels : gray.Value.Pixels, image.Width, image.Height, IsBgr(image), pixels);
    }

    private static bool IsBgr(MLImage image) => image.PixelFormat == MLPixelFormat.Bgra32;

    private DecodedImage Decode(ReadOnlySpan<byte> encoded)
    {
        var image = ImageDecoder.Decode(encoded, Preprocessing.Orientation, _maxPixels);
        if (Channels == 1) image.MakeGray(bgr: false);
        return image;
    }

    /// <summary>A gray copy for a gray network; <see langword="null"/> for others, which read the image itself.</summary>
    private DecodedImage? GrayCopy(MLImage image)
    {
        if (Channels != 1) return null;
        var copy = DecodedImage.Rent(image.Width, image.Height, PixelLimit.Largest);
        image.Pixels.CopyTo(copy.Pixels);
        copy.MakeGray(IsBgr(image));
        return copy;
    }

    private void Require(int length, string name)
    {
        if (length < Length)
            throw new ArgumentException($"The buffer has {length} elements; " +
                $"{Channels} × {Preprocessing.CropSize} × {Preprocessing.CropSize} = {Length} are needed.", name);
    }
}
