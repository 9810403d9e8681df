using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>How well a model classifies labelled images. An image that cannot be read counts as classified wrongly.</summary>
public sealed record ImageEvaluation
{
    /// <summary>Images in the data, the bad ones among them.</summary>
    public required long Images { get; init; }

    /// <summary>The images that could not be read.</summary>
    public required IReadOnlyList<BadImage> BadImages { get; init; }

    /// <summary>Fraction in [0, 1] of all images whose best class is right.</summary>
    public required double Top1 { get; init; }

    /// <summary>Fraction in [0, 1] of all images whose right class is among the best five.</summary>
    public required double Top5 { get; init; }

    /// <summary>ML.NET's metrics over the good images: log-loss, confusion matrix and so on; <see langword="null"/> where every image is bad.</summary>
    public required MulticlassClassificationMetrics? Metrics { get; init; }
}
