namespace Dla.MLNet;

/// <summary>Images of one class that were taken for a class, which may be the same.</summary>
/// <param name="Actual">The right class's place among the classes, from 0.</param>
/// <param name="Predicted">The place of the class they were taken for.</param>
/// <param name="Images">How many, at least 1.</param>
public sealed record DlaConfusion(int Actual, int Predicted, long Images);
