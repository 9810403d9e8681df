using Dla.MLNet;

namespace Dla.Finetune;

/// <summary>Makes a training image the network's input: cut out, resized with scoring's filter, mirrored, changed by a policy, normalised, erased.</summary>
/// <remarks>Immutable and safe for concurrent use; what is random comes from the caller.</remarks>
internal sealed class Augmenter
{
    private readonly AugmentationOptions _options;
    private readonly ImagePreprocessing _preprocessing;
    private readonly float[][] _normalised;
    private readonly PolicyRunner? _policy;

    public Augmenter(AugmentationOptions options, ImagePreprocessing preprocessing)
    {
        options.Validate();
        preprocessing.Validate();
        if (preprocessing.Mean.Count != 3) throw new ArgumentException("Training takes RGB images; " +
            "the preprocessing's mean has one value. Give three.", nameof(preprocessing));
        (_options, _preprocessing) = (options, preprocessing);
        _normalised = [.. preprocessing.Mean.Zip(preprocessing.Std, (mean, std) => Enumerable.Range(0, 256).Select(v => (v / 255f - mean) / std).ToArray())];
        if (options.Policy != AugmentationPolicy.None) _policy = new PolicyRunner(options, preprocessing.CropSize);
    }

    /// <summary>Side in pixels of what <see cref="Run"/> gives.</summary>
    public int Size => _preprocessing.CropSize;

    /// <summary>Whether the EXIF orientation is applied.</summary>
    public ImageOrientation Orientation => _preprocessing.Orientation;

    /// <summary>Values of one image: size · size · 3.</summary>
    public int Length => Size * Size * 3;

    /// <param name="decode">Decodes the image into a sink.</param>
    /// <param name="random">The image's own random numbers.</param>
    /// <param name="pixels">Receives <see cref="Length"/> normalised values, row by row with interleaved channels (HWC).</param>
    public void Run(Action<IPixelSink> decode, ref SampleRandom random, Span<float> pixels)
    {
        var (drawn, flip, border) = (random, false, 0);
        using var crop = CropSink.Rent(Plan, _preprocessing.Interpolation);
        decode(_options.Crop == CropMode.PadAndCrop ? new PaddingSink(Border, crop) : crop);
        random = drawn;
        using var bytes = new LargeBuffer<byte>(Length, clear: false);
        Unpack(crop.Crop, bytes.Span);
        if (_policy is not null)
        {
            if (flip) Mirror(bytes.Span);
            flip = false;
            _policy.Run(bytes.Span, ref random);
        }
        Normalise(bytes.Span, flip, pixels);
        if (_options.ErasingProbability > 0 && random.NextDouble() < _options.ErasingProbability) RandomErasing.Run(pixels, Size, ref random);

        int Border(int width, int height) =>
            border = (int)Math.Round(_options.Padding * CropBox.Centre(width, height, _preprocessing).Width);

        CropPlan Plan(int width, int height)
        {
            var box = Box(width - 2 * border, height - 2 * border, border, ref drawn);
            flip = drawn.NextDouble() < _options.FlipProbability;
            return new(box.Left + border, box.Top + border, box.Width, box.Height, ResizedWindow.Whole(Size, Size));
        }
    }

    private CropBox Box(int width, int height, int border, ref SampleRandom random) => _options.Crop switch
    {
        CropMode.Centre => CropBox.Centre(width, height, _preprocessing),
        CropMode.PadAndCrop => CropBox.Centre(width, height, _preprocessing).Moved(border, ref random),
        CropMode.RandomResized => CropBox.RandomResized(width, height, _options.MinArea, ref random),
        _ => throw new ArgumentException($"{_options.Crop} is not a {nameof(CropMode)}."),
    };

    private static void Unpack(ReadOnlySpan<uint> colors, Span<byte> bytes)
    {
        var to = 0;
        foreach (var color in colors)
        {
            (bytes[to], bytes[to + 1], bytes[to + 2]) = ((byte)color, (byte)(color >> 8), (byte)(color >> 16));
            to += 3;
        }
    }

    private void Mirror(Span<byte> bytes)
    {
        for (var y = 0; y < Size; y++)
            for (int left = y * Size * 3, right = left + (Size - 1) * 3; left < right; left += 3, right -= 3)
                for (var c = 0; c < 3; c++) (bytes[left + c], bytes[right + c]) = (bytes[right + c], bytes[left + c]);
    }

    private void Normalise(ReadOnlySpan<byte> bytes, bool flip, Span<float> pixels)
    {
        var (red, green, blue) = (_normalised[0], _normalised[1], _normalised[2]);
        var row = 3 * Size;
        for (var y = 0; y < Size; y++)
        {
            var from = bytes.Slice(y * row, row);
            var to = pixels.Slice(y * row, row);
            for (var x = 0; x < row; x += 3)
            {
                var source = flip ? row - 3 - x : x;
                (to[x], to[x + 1], to[x + 2]) = (red[from[source]], green[from[source + 1]], blue[from[source + 2]]);
            }
        }
    }
}
