using System.Buffers;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Makes an image file a network's input: decodes, turns upright, resizes, crops and normalises, with the numbers of torchvision on Pillow.</summary>
/// <remarks>Immutable and safe for concurrent use; memory for decoded pixels and weights is pooled, so that images in sequence take no new one.</remarks>
public sealed class ImagePreprocessor
{
    /// <summary>Pillow's limit, above which it takes an image for a decompression bomb: 2 · (1 GiB / 4 / 3) pixels.</summary>
    public const long DefaultMaxPixels = 178_956_970;

    private readonly long _maxPixels;
    private readonly float[][] _normalised;

    /// <summary>Makes a preprocessor.</summary>
    /// <param name="preprocessing">Sizes, filter and normalisation.</param>
    /// <param name="maxPixels">Images of more pixels are refused before memory is taken for them. Default: Pillow's limit.</param>
    /// <exception cref="ArgumentException">A value of <paramref name="preprocessing"/> makes no sense, or <paramref name="maxPixels"/> is not in 1 … 536,870,911.</exception>
    public ImagePreprocessor(ImagePreprocessing preprocessing, long maxPixels = DefaultMaxPixels)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        preprocessing.Validate();
        if (maxPixels is < 1 or > ImageDecoder.LargestMaxPixels)
            throw new ArgumentOutOfRangeException(nameof(maxPixels), maxPixels, $"The pixel limit must be from 1 to {ImageDecoder.LargestMaxPixels}.");
        Preprocessing = preprocessing;
        _maxPixels = maxPixels;
        _normalised = [.. preprocessing.Mean.Zip(preprocessing.Std, (mean, std) => Enumerable.Range(0, 256).Select(v => (v / 255f - mean) / std).ToArray())];
    }

    /// <summary>What is done to an image.</summary>
    public ImagePreprocessing Preprocessing { get; }

    /// <summary>3 for RGB, 1 for gray: one per value of the mean.</summary>
    public int Channels => _normalised.Length;

    /// <summary>Values of one image: channels · crop · crop.</summary>
    public int Length => Channels * Preprocessing.CropSize * Preprocessing.CropSize;

    /// <summary>Decodes an image file and writes it normalised, channel by channel (CHW).</summary>
    /// <param name="encoded">The file's bytes: JPEG, PNG, BMP, GIF or WebP, told by the content.</param>
    /// <param name="pixels">Receives <see cref="Length"/> values (v / 255 − mean) / std.</param>
    /// <exception cref="ImageDecodeException">The image is empty, damaged, of no known kind, or too large.</exception>
    public void Run(ReadOnlySpan<byte> encoded, Span<float> pixels)
    {
        Require(pixels.Length, nameof(pixels));
        using var image = ImageDecoder.Decode(encoded, Preprocessing.Orientation, _maxPixels);
        Resample(image.Pixels, image.Width, image.Height, [], pixels);
    }

    /// <inheritdoc cref="Run(ReadOnlySpan{byte}, Span{float})"/>
    /// <param name="path">The image file; messages name it.</param>
    /// <param name="pixels">Receives <see cref="Length"/> values (v / 255 − mean) / std.</param>
    public void Run(string path, Span<float> pixels)
    {
        Require(pixels.Length, nameof(pixels));
        using var image = Open(path);
        Resample(image.Pixels, image.Width, image.Height, [], pixels);
    }

    /// <summary>Writes an image that is already decoded, normalised, channel by channel (CHW). The image is only read.</summary>
    /// <inheritdoc cref="Run(ReadOnlySpan{byte}, Span{float})"/>
    public void Run(MLImage image, Span<float> pixels)
    {
        Require(pixels.Length, nameof(pixels));
        using var copy = Copy(image);
        Resample(copy.Pixels, copy.Width, copy.Height, [], pixels);
    }

    /// <summary>Decodes, resizes and crops an image file, and stops before the normalisation.</summary>
    /// <param name="encoded">The file's bytes: JPEG, PNG, BMP, GIF or WebP, told by the content.</param>
    /// <param name="pixels">Receives <see cref="Length"/> bytes, row-major with interleaved channels (HWC), identical to torchvision's on Pillow.</param>
    /// <exception cref="ImageDecodeException">The image is empty, damaged, of no known kind, or too large.</exception>
    public void Crop(ReadOnlySpan<byte> encoded, Span<byte> pixels)
    {
        Require(pixels.Length, nameof(pixels));
        using var image = ImageDecoder.Decode(encoded, Preprocessing.Orientation, _maxPixels);
        Resample(image.Pixels, image.Width, image.Height, pixels, []);
    }

    /// <inheritdoc cref="Crop(ReadOnlySpan{byte}, Span{byte})"/>
    /// <param name="path">The image file; messages name it.</param>
    /// <param name="pixels">Receives <see cref="Length"/> bytes, row-major with interleaved channels (HWC), identical to torchvision's on Pillow.</param>
    public void Crop(string path, Span<byte> pixels)
    {
        Require(pixels.Length, nameof(pixels));
        using var image = Open(path);
        Resample(image.Pixels, image.Width, image.Height, pixels, []);
    }

    /// <summary>Resizes and crops an image that is already decoded. The image is only read.</summary>
    /// <inheritdoc cref="Crop(ReadOnlySpan{byte}, Span{byte})"/>
    public void Crop(MLImage image, Span<byte> pixels)
    {
        Require(pixels.Length, nameof(pixels));
        using var copy = Copy(image);
        Resample(copy.Pixels, copy.Width, copy.Height, pixels, []);
    }

    private void Require(int length, string name)
    {
        if (length < Length)
            throw new ArgumentException($"The buffer has {length} elements; {Channels} × {Preprocessing.CropSize} × {Preprocessing.CropSize} = {Length} are needed.", name);
    }

    private DecodedImage Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            var length = checked((int)RandomAccess.GetLength(file));
            var encoded = ArrayPool<byte>.Shared.Rent(length);
            try
            {
                var read = 0;
                while (RandomAccess.Read(file, encoded.AsSpan(read, length - read), read) is > 0 and var more) read += more;
                return ImageDecoder.Decode(encoded.AsSpan(0, read), Preprocessing.Orientation, _maxPixels);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(encoded);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ImageDecodeException or OverflowException)
        {
            throw new ImageDecodeException(path, e.Message, e);
        }
    }

    private static DecodedImage Copy(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var copy = DecodedImage.Rent(image.Width, image.Height, ImageDecoder.LargestMaxPixels);
        image.Pixels.CopyTo(copy.Pixels);
        if (image.PixelFormat == MLPixelFormat.Rgba32) return copy;
        var pixels = copy.Pixels;
        for (var i = 0; i < pixels.Length; i += 4) (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
        return copy;
    }

    private void Resample(ReadOnlySpan<byte> source, int width, int height, Span<byte> bytes, Span<float> floats)
    {
        var crop = Preprocessing.CropSize;
        var row = ArrayPool<byte>.Shared.Rent(crop * 4);
        var resampler = WindowResampler.Rent();
        try
        {
            resampler.Prepare(width, height, 4, ResizedWindow.Centre(width, height, Preprocessing.ResizeShortSide, crop), Preprocessing.Interpolation);
            for (var y = 0; y < crop; y++)
            {
                resampler.ReadRow(source, width * 4, y, row);
                for (var c = 0; c < Channels; c++)
                {
                    if (bytes.IsEmpty) Normalise(row, c, _normalised[c], floats.Slice((c * crop + y) * crop, crop));
                    else CopyChannel(row, c, bytes.Slice(y * crop * Channels, crop * Channels));
                }
            }
        }
        finally
        {
            WindowResampler.Return(resampler);
            ArrayPool<byte>.Shared.Return(row);
        }
    }

    private static void Normalise(ReadOnlySpan<byte> rgba, int channel, float[] normalised, Span<float> plane)
    {
        for (var x = 0; x < plane.Length; x++) plane[x] = normalised[rgba[x * 4 + channel]];
    }

    private void CopyChannel(ReadOnlySpan<byte> rgba, int channel, Span<byte> pixels)
    {
        for (var x = 0; x < Preprocessing.CropSize; x++) pixels[x * Channels + channel] = rgba[x * 4 + channel];
    }
}
