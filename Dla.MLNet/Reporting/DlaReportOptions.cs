namespace Dla.MLNet;

/// <summary>What a report's page shows beside the numbers.</summary>
public sealed record DlaReportOptions
{
    /// <summary>Gives the bytes of a row's image file, for thumbnails of the worst mistakes. Default: no thumbnails.</summary>
    public Func<long, ReadOnlyMemory<byte>>? Image { get; init; }

    /// <summary>The model, for activation maps beside the thumbnails where it has the output <c>features</c>. Default: no maps.</summary>
    public DlaClassifier? Classifier { get; init; }

    /// <summary>An earlier evaluation of the same data to compare with. Default: none.</summary>
    public DlaReport? Baseline { get; init; }
}
