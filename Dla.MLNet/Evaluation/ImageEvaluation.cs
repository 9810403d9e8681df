using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>
/// How well a model classifies labelled images. An image that cannot be read, or has no label or no finite scores, counts as classified wrongly.
/// </summary>
public sealed record ImageEvaluation
{
    /// <summary>Images in the data, the bad ones among them.</summary>
    public required long Images { get; init; }

    /// <summary>The images that could not be measured, which count as wrong.</summary>
    public required IReadOnlyList<BadImage> BadImages { get; init; }

    /// <summary>Fraction in [0, 1] of all images whose best class is right.</summary>
    public required double Top1 { get; init; }

    /// <summary>Fraction in [0, 1] of all images whose right class is among the best five.</summary>
    public required double Top5 { get; init; }

    /// <summary>
    /// ML.NET's metrics over the good images: log-loss, confusion matrix and so on; <see langword="null"/> where every image is bad.
    /// </summary>
    public required MulticlassClassificationMetrics? Metrics { get; init; }

    /// <summary>The names of the C classes, in the order of the model's outputs.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>Whether the probabilities mean what they say, over the good images.</summary>
    public DlaCalibration Calibration { get; init; } = new([], 0);

    /// <summary>The most confident wrong answers, worst first.</summary>
    public IReadOnlyList<DlaMistake> WorstMistakes { get; init; } = [];

    /// <summary>A short text that differs when the data's labels or their order differ, so that two evaluations are known to be of the same data.</summary>
    public string Labels { get; init; } = "";

    /// <summary>The 95 % confidence interval of <see cref="Top1"/>.</summary>
    public DlaInterval Top1Interval => DlaInterval.Wilson((long)Math.Round(Top1 * Images), Images);

    /// <summary>The 95 % confidence interval of <see cref="Top5"/>.</summary>
    public DlaInterval Top5Interval => DlaInterval.Wilson((long)Math.Round(Top5 * Images), Images);

    /// <summary>Precision, recall and counts of each class, from ML.NET's confusion matrix; empty where every image is bad.</summary>
    public IReadOnlyList<DlaClassMetrics> Classes()
    {
        if (Metrics is not { ConfusionMatrix: var matrix }) return [];
        var predicted = new double[ClassNames.Count];
        foreach (var row in matrix.Counts)
            for (var i = 0; i < predicted.Length; i++) predicted[i] += row[i];
        return [.. ClassNames.Select((name, i) => new DlaClassMetrics(name, (long)matrix.Counts[i].Sum(), (long)predicted[i], (long)matrix.Counts[i][i],
            Number(matrix.PerClassPrecision[i]), Number(matrix.PerClassRecall[i])))];
    }

    /// <summary>The confusion matrix without its zeros, row by row.</summary>
    public IReadOnlyList<DlaConfusion> Confusions()
    {
        if (Metrics is null) return [];
        return [.. Metrics.ConfusionMatrix.Counts.SelectMany((row, actual) =>
            row.Select((count, predicted) => new DlaConfusion(actual, predicted, (long)count))).Where(c => c.Images > 0)];
    }

    private static double Number(double value) => double.IsFinite(value) ? value : 0;
}
