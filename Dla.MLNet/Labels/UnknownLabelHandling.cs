namespace Dla.MLNet;

/// <summary>What happens to a label that the model has no class for.</summary>
public enum UnknownLabelHandling
{
    /// <summary>Reading the row throws a <see cref="FormatException"/> that names row and label.</summary>
    Throw,

    /// <summary>The key is missing; <c>Evaluate</c> leaves such rows out.</summary>
    Missing,
}
