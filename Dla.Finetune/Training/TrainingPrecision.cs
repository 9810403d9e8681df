namespace Dla.Finetune;

/// <summary>The number format in which a network computes while it is trained.</summary>
public enum TrainingPrecision
{
    /// <summary>bfloat16 where the processor has instructions for it (AVX512_BF16 or AMX-BF16), else float32. A run that is resumed keeps its format.</summary>
    Auto,

    /// <summary>32-bit floats.</summary>
    Float32,

    /// <summary>
    /// Features and their gradients in bfloat16; weights, batch norms, the loss and the optimizer stay float32. Slow on processors without instructions
    /// for it.
    /// </summary>
    BFloat16,
}
