namespace Dla.MLNet;

/// <summary>A class and its probability.</summary>
/// <param name="Label">The name of the class.</param>
/// <param name="Probability">In [0, 1].</param>
/// <param name="Index">Its place among the model's classes, from 0.</param>
public readonly record struct DlaClassProbability(string Label, float Probability, int Index);
