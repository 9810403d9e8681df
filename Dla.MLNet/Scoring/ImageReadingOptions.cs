namespace Dla.MLNet;

/// <summary>Where images come from and what happens to bad ones: what all estimators of this library share.</summary>
public abstract record ImageReadingOptions
{
    /// <summary>
    /// The column that holds the images: text (a path), a vector of bytes (an encoded image file) or <see cref="Microsoft.ML.Data.MLImage"/>. Default:
    /// <c>ImagePath</c>.
    /// </summary>
    /// <remarks>
    /// Prefer paths or bytes. An MLImage that ML.NET decoded (<c>LoadImages</c>, <c>MLImage.CreateFromFile</c>) has lost the file's EXIF orientation, and its
    /// colors are premultiplied by alpha, so that a turned photo or a transparent image gets other scores than from its path.
    /// </remarks>
    public string InputColumnName { get; init; } = "ImagePath";

    /// <summary>The folder that relative paths start from. Default: the current directory.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>What happens when an image cannot be read. Default: throw.</summary>
    public BadImageHandling OnBadImage { get; init; } = BadImageHandling.Throw;

    /// <summary>
    /// With <see cref="BadImageHandling.Missing"/>, the text column that says why an image could not be read, empty for good ones. Default:
    /// <c>ImageError</c>.
    /// </summary>
    public string ImageErrorColumnName { get; init; } = "ImageError";

    /// <summary>
    /// Encoded images with more pixels than this are bad; checked before memory is taken. At most 536,870,897. Default: 178,956,970, Pillow's limit.
    /// </summary>
    public long MaxPixels { get; init; } = ImagePreprocessor.DefaultMaxPixels;

    /// <summary>
    /// Images decoded and scored at the same time, when a data set is read and for all callers of single predictions together; more callers wait for their
    /// turn. Default: one per processor.
    /// </summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// The memory that decoding may take, shared with all that have the same budget: images wait for their share. Default:
    /// <see cref="ImageMemoryBudget.Shared"/>. Not saved with a model.
    /// </summary>
    public ImageMemoryBudget Memory { get; init; } = ImageMemoryBudget.Shared;

    /// <summary>Stops reading within 100 ms by an <see cref="OperationCanceledException"/>. Default: never. Not saved with a model.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>The context that the estimator was asked of, for its log and its GPU; <see langword="null"/> without one. Not saved with a model.</summary>
    internal PipelineContext? Context { get; init; }

    /// <summary>Throws when two of the columns that are added have one name: the later would hide the earlier.</summary>
    private protected void RequireDifferent(params string[] columns)
    {
        if (OnBadImage == BadImageHandling.Missing) columns = [.. columns, ImageErrorColumnName];
        if (columns.GroupBy(c => c).FirstOrDefault(g => g.Count() > 1) is { Key: var twice })
            throw new ArgumentException($"Two of the columns that are added would be named '{twice}'. Name them differently.");
    }

    /// <summary>Throws when a value makes no sense.</summary>
    /// <exception cref="ArgumentException">The message names the value and the remedy.</exception>
    internal virtual void Validate()
    {
        if (string.IsNullOrEmpty(InputColumnName)) throw new ArgumentException($"{nameof(InputColumnName)} is empty; name the column that holds the images.");
        if (string.IsNullOrEmpty(ImageErrorColumnName)) throw new ArgumentException($"{nameof(ImageErrorColumnName)} is empty; " +
            "name the column for the reasons.");
        if (Memory is null) throw new ArgumentException($"{nameof(Memory)} is null; leave it out for the process's budget.");
        if (Parallelism < 1) throw new ArgumentException($"{nameof(Parallelism)} is {Parallelism}; it must be at least 1.");
        if (MaxPixels is < 1 or > PixelLimit.Largest)
            throw new ArgumentException($"{nameof(MaxPixels)} is {MaxPixels}; it must be from 1 to {PixelLimit.Largest}.");
        if (!Enum.IsDefined(OnBadImage)) throw new ArgumentException($"{nameof(OnBadImage)} is {OnBadImage}; use Throw or Missing.");
    }
}
