namespace Dla.Export;

/// <summary>The outputs of an exported model.</summary>
[Flags]
public enum DlaOutputs
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>logits</c>, float32 [N, C].</summary>
    Logits = 1,

    /// <summary><c>probabilities</c>, float32 [N, C]: the softmax of the logits.</summary>
    Probabilities = 2,

    /// <summary><c>embedding</c>, float32 [N, F]: the features averaged over the plane. <c>FeaturizeImages</c> reads it.</summary>
    Embedding = 4,

    /// <summary><c>features</c>, float32 [N, F, H/32, W/32]: level 5. Class activation maps are made from it.</summary>
    Features = 8,
}
