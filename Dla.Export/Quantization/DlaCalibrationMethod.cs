namespace Dla.Export;

/// <summary>How the range of an activation is chosen from its values on the calibration images.</summary>
public enum DlaCalibrationMethod
{
    /// <summary>Each of the others is tried, and the one whose logits are nearest to the float model's is taken.</summary>
    Best,

    /// <summary>The smallest to the largest value seen.</summary>
    MinMax,

    /// <summary>The range that leaves out a given fraction of the values at its ends.</summary>
    Percentile,

    /// <summary>The range with the smallest mean squared error after rounding and clipping.</summary>
    MeanSquaredError,
}
