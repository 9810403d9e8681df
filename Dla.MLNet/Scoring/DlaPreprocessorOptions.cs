namespace Dla.MLNet;

/// <summary>How images become the pixels that a network takes.</summary>
public sealed record DlaPreprocessorOptions : ImageReadingOptions
{
    /// <summary>The column of pixels, Vector&lt;Single&gt;[3, H, W] (or [1, H, W] with one mean): normalised, channels first. Default: <c>Pixels</c>.</summary>
    public string OutputColumnName { get; init; } = "Pixels";

    /// <summary>
    /// Size, crop and normalisation. Default: those of the published networks; a model's own are in its card, <see cref="DlaModelCard.Load"/>.
    /// </summary>
    public ImagePreprocessing Preprocessing { get; init; } = new();

    internal override void Validate()
    {
        base.Validate();
        if (string.IsNullOrEmpty(OutputColumnName)) throw new ArgumentException($"{nameof(OutputColumnName)} is empty; name the column for the pixels.");
        RequireDifferent(OutputColumnName);
        Preprocessing.Validate();
    }
}
