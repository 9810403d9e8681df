namespace Dla.MLNet;

/// <summary>The vectors that a resampling pass computes with. Every choice gives the same bytes.</summary>
internal enum VectorWidth
{
    /// <summary>Plain integers.</summary>
    Scalar = 0,

    /// <summary>One pixel of four channels at a time.</summary>
    Bits128 = 128,

    /// <summary>Two pixels at a time.</summary>
    Bits256 = 256,

    /// <summary>Four pixels at a time.</summary>
    Bits512 = 512,
}
