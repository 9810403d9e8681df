namespace Dla.MLNet;

/// <summary>How images are classified.</summary>
public sealed record DlaClassifierOptions : DlaScoringOptions
{
    /// <summary>The names of the classes in the order of the logits. Default: what the model card says, else <c>0</c>, <c>1</c>, ….</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>The column of probabilities, Vector&lt;Single&gt;[C] with the class names as slot names. Default: <c>Score</c>.</summary>
    public string ScoreColumnName { get; init; } = "Score";

    /// <summary>The column of the most probable class, a key whose values are the class names. Default: <c>PredictedLabel</c>.</summary>
    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    /// <summary>The column of text labels that the model was trained on by an estimator, which scoring turns into keys.</summary>
    internal string? TextLabelColumnName { get; init; }

    internal override void Validate()
    {
        base.Validate();
        if (string.IsNullOrEmpty(ScoreColumnName)) throw new ArgumentException($"{nameof(ScoreColumnName)} is empty; name the column for the probabilities.");
        if (string.IsNullOrEmpty(PredictedLabelColumnName)) throw new ArgumentException($"{nameof(PredictedLabelColumnName)} is empty; " +
            "name the column for the class.");
        RequireDifferent(ScoreColumnName, PredictedLabelColumnName);
    }
}
