namespace Dla.MLNet;

/// <summary>The images whose confidence lies in one range.</summary>
/// <param name="From">The range's lower end; it belongs to the bin below, except 0.</param>
/// <param name="To">The range's upper end, which belongs to it.</param>
/// <param name="Images">Images in it.</param>
/// <param name="Confidence">Their mean confidence; 0 without images.</param>
/// <param name="Accuracy">The fraction of them that is classified rightly; 0 without images.</param>
public sealed record DlaCalibrationBin(double From, double To, long Images, double Confidence, double Accuracy);
