namespace Dla.MLNet;

/// <summary>An image that was classified wrongly.</summary>
/// <param name="Row">Its row in the data, from 0.</param>
/// <param name="Actual">Its right class.</param>
/// <param name="Predicted">The class it was taken for.</param>
/// <param name="Probability">The probability of the class it was taken for, in [0, 1].</param>
/// <param name="ActualProbability">The probability of the right class, in [0, 1].</param>
public sealed record DlaMistake(long Row, string Actual, string Predicted, double Probability, double ActualProbability)
{
    /// <summary>What the image is called, such as its path; <see langword="null"/> where nobody said.</summary>
    public string? Image { get; init; }
}
