namespace Dla.Finetune;

/// <summary>The loss is no longer a number.</summary>
public sealed class TrainingDivergedException(string message) : Exception(message);
