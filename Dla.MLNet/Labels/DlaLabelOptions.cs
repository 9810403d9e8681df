namespace Dla.MLNet;

/// <summary>How labels become keys.</summary>
public sealed record DlaLabelOptions
{
    /// <summary>The names of the model's classes, in the order of its outputs: <see cref="DlaModelCard.ClassNames"/> of its card.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>The column of labels: text, or a key whose values are text. Default: <c>Label</c>.</summary>
    public string InputColumnName { get; init; } = "Label";

    /// <summary>The column of keys. Default: <c>Label</c>.</summary>
    public string OutputColumnName { get; init; } = "Label";

    /// <summary>What happens to a label that the model has no class for. Default: throw.</summary>
    public UnknownLabelHandling UnknownLabel { get; init; } = UnknownLabelHandling.Throw;
}
