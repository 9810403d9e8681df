namespace Dla.MLNet;

/// <summary>An image that could not be measured: it cannot be read, or has no label among the model's classes or no finite scores.</summary>
/// <param name="Row">Its row in the data, from 0.</param>
/// <param name="Reason">Why: the path, what was found, what was expected.</param>
public sealed record BadImage(long Row, string Reason);
