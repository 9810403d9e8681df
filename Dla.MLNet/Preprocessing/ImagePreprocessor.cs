using System.Buffers;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Makes an image file a network's input: decodes, turns upright, resizes, crops and normalises, with the numbers of torchvision on Pillow.</summary>
/// <remarks>
/// Immutable and safe for concurrent use. Images are decoded and resized in strips: the whole picture is never in memory, unless its format
/// (progressive JPEG, interlaced PNG, WebP) needs that.
/// </remarks>
public sealed class ImagePreprocessor
{
    /// <summary>Pillow's limit, above which it takes an image for a decompression bomb: 2 · (1 GiB / 4 / 3) pixels.</summary>
    public const long DefaultMaxPixels = 178_956_970;

    private readonly PixelNormalizer _normalizer;
    private readonly Func<int, int, CropPlan> _plan;
    private readonly ReadOnlySpanAction<byte, IPixelSink> _decode;
    private readonly long _maxPixels;
    private readonly ImageMemoryBudget _memory;

    /// <summary>Makes a preprocessor.</summary>
    /// <param name="preprocessing">Sizes, filter and normalisation. One mean makes images gray first, with Pillow's weights of R, G and B.</param>
    /// <param name="maxPixels">Images of more pixels are refused before memory is taken for them, 1 … 536,870,897. Default: Pillow's limit.</param>
    /// <param name="memory">The memory that decoding may take. Default: <see cref="ImageMemoryBudget.Shared"/>.</param>
    /// <exception cref="ArgumentException">A value of <paramref name="preprocessing"/> makes no sense.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxPixels"/> is out of its range.</exception>
    public ImagePreprocessor(ImagePreprocessing preprocessing, long maxPixels = DefaultMaxPixels, ImageMemoryBudget? memory = null)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        preprocessing.Validate();
        PixelLimit.CheckRange(maxPixels);
        Preprocessing = preprocessing;
        _normalizer = new(preprocessing.Mean, preprocessing.Std);
        _plan = Plan;
        _decode = Decode;
        (_maxPixels, _memory) = (maxPixels, memory ?? ImageMemoryBudget.Shared);
        Length = checked(Channels * preprocessing.CropSize * preprocessing.CropSize);
    }

    /// <summary>What is done to an image.</summary>
    public ImagePreprocessing Preprocessing { get; }

    /// <summary>3 for RGB, 1 for gray: one per value of the mean.</summary>
    public int Channels => Preprocessing.Mean.Count;

    /// <summary>Values of one image: channels · crop · crop.</summary>
    public int Length { get; }

    /// <summary>Decodes an image file and writes it normalised, channel by channel (CHW).</summary>
    /// <param name="encoded">The file's bytes: JPEG, PNG, BMP, GIF or WebP, told by the content.</param>
    /// <param name="pixels">Receives <see cref="Length"/> values (v / 255 − mean) / std.</param>
    /// <param name="cancel">Ends a wait for memory.</param>
    /// <exception cref="ImageDecodeException">The image is empty, damaged, of no known format, or too large.</exception>
    /// <exception cref="InsufficientMemoryException">There is no memory for the image.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> is shorter than <see cref="Length"/>.</exception>
    public void Run(ReadOnlySpan<byte> encoded, Span<float> pixels, CancellationToken cancel = default)
    {
        Require(pixels.Length, nameof(pixels));
        using var sink = RentSink(bgr: false);
        ImageDecoder.Decode(encoded, Preprocessing.Orientation, _maxPixels, sink, _memory, cancel);
        Write(sink.Crop, bgr: false, pixels);
    }

    /// <inheritdoc cref="Run(ReadOnlySpan{byte}, Span{float}, CancellationToken)"/>
    /// <param name="path">The image file, or a pipe, which is read to its end; messages name it.</param>
    /// <param name="pixels">Receives <see cref="Length"/> values (v / 255 − mean) / std.</param>
    /// <param name="cancel">Ends a wait for memory or for a pipe.</param>
    public void Run(string path, Span<float> pixels, CancellationToken cancel = default)
    {
        Require(pixels.Length, nameof(pixels));
        using var sink = RentSink(bgr: false);
        ImageFile.Read(path, _maxPixels, _memory, sink, _decode, cancel);
        Write(sink.Crop, bgr: false, pixels);
    }

    /// <summary>Writes an image that is already decoded, normalised, channel by channel (CHW).</summary>
    /// <param name="image">
    /// Any image; it is only read. Its pixels are taken as they are: a file that ML.NET decoded is not turned upright by its EXIF orientation, and has been
    /// premultiplied by its alpha.
    /// </param>
    /// <param name="pixels">Receives <see cref="Length"/> values (v / 255 − mean) / std.</param>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> is shorter than <see cref="Length"/>.</exception>
    public void Run(MLImage image, Span<float> pixels)
    {
        Require(pixels.Length, nameof(pixels));
        ArgumentNullException.ThrowIfNull(image);
        using var sink = Cropped(image);
        Write(sink.Crop, IsBgr(image), pixels);
    }

    /// <summary>Decodes, resizes and crops an image file, and stops before the normalisation.</summary>
    /// <param name="encoded">The file's bytes: JPEG, PNG, BMP, GIF or WebP, told by the content.</param>
    /// <param name="pixels">Receives <see cref="Length"/> bytes, row-major with interleaved channels (HWC), identical to torchvision's on Pillow.</param>
    /// <param name="cancel">Ends a wait for memory.</param>
    /// <exception cref="ImageDecodeException">The image is empty, damaged, of no known format, or too large.</exception>
    /// <exception cref="InsufficientMemoryException">There is no memory for the image.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> is shorter than <see cref="Length"/>.</exception>
    public void Crop(ReadOnlySpan<byte> encoded, Span<byte> pixels, CancellationToken cancel = default)
    {
        Require(pixels.Length, nameof(pixels));
        using var sink = RentSink(bgr: false);
        ImageDecoder.Decode(encoded, Preprocessing.Orientation, _maxPixels, sink, _memory, cancel);
        Write(sink.Crop, bgr: false, pixels);
    }

    /// <inheritdoc cref="Crop(ReadOnlySpan{byte}, Span{byte}, CancellationToken)"/>
    /// <param name="path">The image file, or a pipe, which is read to its end; messages name it.</param>
    /// <param name="pixels">Receives <see cref="Length"/> bytes, row-major with interleaved channels (HWC), identical to torchvision's on Pillow.</param>
    /// <param name="cancel">Ends a wait for memory or for a pipe.</param>
    public void Crop(string path, Span<byte> pixels, CancellationToken cancel = default)
    {
        Require(pixels.Length, nameof(pixels));
        using var sink = RentSink(bgr: false);
        ImageFile.Read(path, _maxPixels, _memory, sink, _decode, cancel);
        Write(sink.Crop, bgr: false, pixels);
    }

    /// <summary>Resizes and crops an image that is already decoded.</summary>
    /// <param name="image">
    /// Any image; it is only read. Its pixels are taken as they are: a file that ML.NET decoded is not turned upright by its EXIF orientation, and has been
    /// premultiplied by its alpha.
    /// </param>
    /// <param name="pixels">Receives <see cref="Length"/> bytes, row-major with interleaved channels (HWC).</param>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> is shorter than <see cref="Length"/>.</exception>
    public void Crop(MLImage image, Span<byte> pixels)
    {
        Require(pixels.Length, nameof(pixels));
        ArgumentNullException.ThrowIfNull(image);
        using var sink = Cropped(image);
        Write(sink.Crop, IsBgr(image), pixels);
    }

    private static bool IsBgr(MLImage image) => image.PixelFormat == MLPixelFormat.Bgra32;

    private CropPlan Plan(int width, int height) =>
        CropPlan.Of(width, height, ResizedWindow.Centre(width, height, Preprocessing.ResizeShortSide, Preprocessing.CropSize));

    private CropSink RentSink(bool bgr) => CropSink.Rent(_plan, Preprocessing.Interpolation, gray: Channels == 1, bgr);

    private void Decode(ReadOnlySpan<byte> encoded, IPixelSink sink) => ImageDecoder.Decode(encoded, Preprocessing.Orientation, _maxPixels, sink);

    private CropSink Cropped(MLImage image)
    {
        var sink = RentSink(IsBgr(image));
        sink.Write(image);
        return sink;
    }

    private void Write(ReadOnlySpan<uint> crop, bool bgr, Span<float> pixels) => _normalizer.Run(crop, bgr, pixels, crop.Length, 0);

    private void Write(ReadOnlySpan<uint> crop, bool bgr, Span<byte> pixels)
    {
        var to = 0;
        foreach (var color in crop)
        {
            for (var c = 0; c < Channels; c++) pixels[to++] = (byte)(color >> 8 * (bgr ? 2 - c : c));
        }
    }

    private void Require(int length, string name)
    {
        if (length < Length)
            throw new ArgumentException($"The buffer has {length} elements; " +
                $"{Channels} × {Preprocessing.CropSize} × {Preprocessing.CropSize} = {Length} are needed.", name);
    }
}
