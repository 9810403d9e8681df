namespace Dla.Export;

/// <summary>How much of int8 the weights may use.</summary>
/// <remarks>
/// x86 processors without VNNI multiply bytes with an instruction (<c>vpmaddubsw</c>) that adds two neighbouring products in 16 bits and saturates:
/// two products of 255 · 127 overflow it, and ONNX Runtime's results are then wrong without notice.
/// </remarks>
public enum DlaWeightRange
{
    /// <summary>8 bits, with no two neighbouring weights of the same sign above 128 together: nothing saturates on any processor.</summary>
    Auto,

    /// <summary>7 bits: no weight above 64. Nothing saturates on any processor, in whatever order weights are multiplied.</summary>
    Reduced,

    /// <summary>All 8 bits: the finest, for processors with VNNI, ARM's dot products, or none of vpmaddubsw.</summary>
    Full,
}
