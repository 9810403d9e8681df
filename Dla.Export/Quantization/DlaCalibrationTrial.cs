namespace Dla.Export;

/// <summary>How near to the float model one way of choosing the ranges came.</summary>
/// <param name="Method">The method.</param>
/// <param name="Snr">Signal-to-noise ratio of the logits in decibels, over the comparison images.</param>
/// <param name="Agreement">Fraction in [0, 1] of the comparison images with the float model's best class.</param>
public sealed record DlaCalibrationTrial(DlaCalibrationMethod Method, double Snr, double Agreement);
