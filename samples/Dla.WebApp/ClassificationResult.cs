namespace Dla.WebApp;

/// <summary>What the model says about an image.</summary>
/// <param name="Label">The most probable class.</param>
/// <param name="Probability">Its probability, 0 to 1.</param>
/// <param name="Top">The most probable classes, best first.</param>
/// <param name="Milliseconds">Time on the server after the upload, with waiting for a processor.</param>
internal sealed record ClassificationResult(string Label, float Probability, IReadOnlyList<ClassScore> Top, double Milliseconds);
