namespace Dla.MLNet;

/// <summary>How an image becomes a network's input: shorter side resized, centre cropped, scaled and normalised.</summary>
/// <remarks>The defaults are those of the published ImageNet networks.</remarks>
public sealed record ImagePreprocessing
{
    private const int LargestCropSize = 16_384;

    /// <summary>Length in pixels of the shorter side after resizing. Default: 256 (224 / 0.875). Not less than <see cref="CropSize"/>.</summary>
    public int ResizeShortSide { get; init; } = 256;

    /// <summary>Side in pixels of the square that is cropped from the centre, 1 to 16,384. Default: 224.</summary>
    public int CropSize { get; init; } = 224;

    /// <summary>The resizing filter. Default: bilinear.</summary>
    public ImageInterpolation Interpolation { get; init; } = ImageInterpolation.Bilinear;

    /// <summary>Whether the EXIF orientation is applied. Default: upright.</summary>
    public ImageOrientation Orientation { get; init; } = ImageOrientation.Upright;

    /// <summary>Subtracted from value / 255, by channel R, G, B. Default: ImageNet's mean.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0.485f, 0.456f, 0.406f];

    /// <summary>Divided by after the subtraction, by channel R, G, B. Default: ImageNet's standard deviation.</summary>
    public IReadOnlyList<float> Std { get; init; } = [0.229f, 0.224f, 0.225f];

    /// <summary>The published networks' preprocessing for another input size: the shorter side to crop / 0.875, as 256 is to 224.</summary>
    /// <param name="cropSize">Side in pixels of the crop.</param>
    public static ImagePreprocessing ForCrop(int cropSize) => new() { CropSize = cropSize, ResizeShortSide = (int)Math.Round(cropSize / 0.875) };

    /// <summary>The same piece of the image at another size: the resized side keeps its proportion to the crop.</summary>
    /// <param name="cropSize">Side in pixels of the crop.</param>
    public ImagePreprocessing ScaledTo(int cropSize) =>
        this with { CropSize = cropSize, ResizeShortSide = (int)Math.Round((double)ResizeShortSide * cropSize / CropSize) };

    /// <summary>Throws when a value makes no sense.</summary>
    /// <exception cref="ArgumentException">The message names the value, the range and the remedy.</exception>
    public void Validate()
    {
        if (CropSize is < 1 or > LargestCropSize)
            throw new ArgumentException($"{nameof(CropSize)} is {CropSize}; it must be from 1 to {LargestCropSize} pixels.");
        if (ResizeShortSide < CropSize)
            throw new ArgumentException($"{nameof(ResizeShortSide)} is {ResizeShortSide}, " +
                $"less than {nameof(CropSize)} {CropSize}; resize to at least the crop.");
        if (Mean is null || Std is null) throw new ArgumentException($"{nameof(Mean)} or {nameof(Std)} is absent; give one value per channel.");
        if (Mean.Count is not (1 or 3) || Mean.Count != Std.Count)
            throw new ArgumentException($"{nameof(Mean)} has {Mean.Count} and {nameof(Std)} {Std.Count} values; " +
                "give one per channel, 3 for RGB or 1 for gray.");
        if (Std.Any(s => !(s > 0) || !float.IsFinite(s)) || Mean.Any(m => !float.IsFinite(m)))
            throw new ArgumentException($"{nameof(Mean)} must be finite and {nameof(Std)} finite and above 0; " +
                $"found {string.Join(", ", Mean)} and {string.Join(", ", Std)}.");
    }

    /// <summary>Equal when every value is, the lists element by element.</summary>
    public bool Equals(ImagePreprocessing? other) => other is not null && ResizeShortSide == other.ResizeShortSide && CropSize == other.CropSize
        && Interpolation == other.Interpolation && Orientation == other.Orientation && Mean.SequenceEqual(other.Mean) && Std.SequenceEqual(other.Std);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ResizeShortSide, CropSize, Interpolation, Orientation, Mean[0], Std[0]);
}
