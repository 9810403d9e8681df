namespace Dla.MLNet;

/// <summary>How an activation map is drawn over its photo.</summary>
public sealed record DlaOverlayOptions
{
    /// <summary>The longer side of the picture in pixels, 1 … 16,384. Default: the photo's own, but at least 256 and at most 1024.</summary>
    public int? LongerSide { get; init; }

    /// <summary>How much the map covers the photo where it is strongest, in [0, 1]. Default: 0.75.</summary>
    public float Opacity { get; init; } = 0.75f;

    /// <summary>
    /// The contribution that gets the strongest colour, above 0. Default: the map's largest. Set the same one to compare the maps of several classes.
    /// </summary>
    public float? Strongest { get; init; }

    /// <summary>Photos with more pixels than this are refused. Default: 178,956,970, Pillow's limit.</summary>
    public long MaxPixels { get; init; } = ImagePreprocessor.DefaultMaxPixels;

    /// <summary>The memory that decoding the photo may take. Default: <see cref="ImageMemoryBudget.Shared"/>.</summary>
    public ImageMemoryBudget Memory { get; init; } = ImageMemoryBudget.Shared;

    internal void Validate()
    {
        if (Memory is null) throw new ArgumentException($"{nameof(Memory)} is null; leave it out for the process's budget.");
        if (LongerSide is < 1 or > 16384) throw new ArgumentException($"{nameof(LongerSide)} is {LongerSide}; it must be from 1 to 16,384 pixels.");
        if (Opacity is not (>= 0 and <= 1)) throw new ArgumentException($"{nameof(Opacity)} is {Opacity}; it must be in [0, 1].");
        if (Strongest is not (null or (> 0 and < float.PositiveInfinity)))
            throw new ArgumentException($"{nameof(Strongest)} is {Strongest}; it must be above 0.");
        PixelLimit.CheckRange(MaxPixels);
    }
}
