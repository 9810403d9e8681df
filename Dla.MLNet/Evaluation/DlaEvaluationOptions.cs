namespace Dla.MLNet;

/// <summary>What an evaluation keeps.</summary>
public sealed record DlaEvaluationOptions
{
    /// <summary>The column of the right classes, as keys in the order of the model's classes: <c>MapLabels</c> makes them. Default: <c>Label</c>.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>The column of probabilities. Default: <c>Score</c>.</summary>
    public string ScoreColumnName { get; init; } = "Score";

    /// <summary>The column of the most probable class. Default: <c>PredictedLabel</c>.</summary>
    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    /// <summary>The column that says why an image could not be read; it may be absent. Default: <c>ImageError</c>.</summary>
    public string ImageErrorColumnName { get; init; } = "ImageError";

    /// <summary>How many of the most confident wrong answers are kept, at least 0. Default: 24.</summary>
    public int WorstMistakes { get; init; } = 24;

    /// <summary>Receives the number of images scored so far, on the thread that evaluates. Default: none.</summary>
    public IProgress<long>? Progress { get; init; }
}
