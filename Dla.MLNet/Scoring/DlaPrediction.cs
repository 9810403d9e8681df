namespace Dla.MLNet;

/// <summary>What a model says about one image.</summary>
/// <param name="Label">The most probable class.</param>
/// <param name="Probability">Its probability in [0, 1].</param>
/// <param name="Top">The most probable classes, best first; the first is <paramref name="Label"/>.</param>
public sealed record DlaPrediction(string Label, float Probability, IReadOnlyList<DlaClassProbability> Top);
