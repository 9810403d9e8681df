namespace Dla.Finetune;

/// <summary>An operation of a policy with its strengths.</summary>
/// <param name="Operation">What is done.</param>
/// <param name="Magnitudes">The strengths of the bins, weakest first; empty where there is only one.</param>
/// <param name="IsSigned">Whether the strength is negated half of the time.</param>
internal sealed record PolicyEntry(ImageOperation Operation, float[] Magnitudes, bool IsSigned);
