using System.Runtime.Intrinsics;

namespace Dla.MLNet;

/// <summary>Chooses among <see cref="VectorWidth"/>.</summary>
internal static class VectorWidths
{
    /// <summary>The widest that this processor has.</summary>
    public static VectorWidth Widest { get; } =
        Vector512.IsHardwareAccelerated ? VectorWidth.Bits512
        : Vector256.IsHardwareAccelerated ? VectorWidth.Bits256
        : Vector128.IsHardwareAccelerated ? VectorWidth.Bits128
        : VectorWidth.Scalar;
}
