namespace Dla.MLNet;

/// <summary>How images become embeddings.</summary>
public sealed record DlaFeaturizerOptions : DlaScoringOptions
{
    /// <summary>The column of embeddings, Vector&lt;Single&gt;[F]. Default: <c>Embedding</c>.</summary>
    public string OutputColumnName { get; init; } = "Embedding";

    internal override void Validate()
    {
        base.Validate();
        if (string.IsNullOrEmpty(OutputColumnName)) throw new ArgumentException($"{nameof(OutputColumnName)} is empty; name the column for the embedding.");
        RequireDifferent(OutputColumnName);
    }
}
