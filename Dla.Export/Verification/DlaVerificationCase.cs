namespace Dla.Export;

/// <summary>One comparison of an ONNX file's output with the module's.</summary>
/// <param name="Output">The output's name.</param>
/// <param name="InputShape">The input's shape, [N, C, H, W].</param>
/// <param name="MaxDifference">Largest absolute difference.</param>
/// <param name="MeanDifference">Mean absolute difference.</param>
/// <param name="Scale">
/// Largest absolute value of the module's output; for logits at least the size of the terms that they are sums of; for probabilities that of the logits,
/// at least 1.
/// </param>
/// <param name="Top1Agreement">Fraction of rows in [0, 1] whose largest value is at the same place; 1 for outputs that are not class scores.</param>
public sealed record DlaVerificationCase(string Output, IReadOnlyList<long> InputShape, double MaxDifference, double MeanDifference, double Scale,
    double Top1Agreement)
{
    /// <summary>Whether the output is class scores, whose best class counts.</summary>
    internal bool IsScore { get; init; } = true;

    /// <summary>The largest difference relative to the largest value; not a number where the file gave such a one.</summary>
    public double RelativeDifference => MaxDifference == 0 ? 0 : MaxDifference / Scale;
}
