namespace Dla.MLNet;

/// <summary>Whether a model's probabilities mean what they say: of the images that it classifies with 80 % confidence, 80 % should be right.</summary>
/// <param name="Bins">Fifteen bins of equal width over the confidence, which is the best class's probability.</param>
/// <param name="Error">The expected calibration error (ECE, Guo et al., 2017): the mean over images of |accuracy − confidence| of their bin, in [0, 1].</param>
public sealed record DlaCalibration(IReadOnlyList<DlaCalibrationBin> Bins, double Error);
