namespace Dla.MLNet;

/// <summary>How well one class is told from the others. Images that could not be measured are not counted here.</summary>
/// <param name="Name">The class.</param>
/// <param name="Images">Images of this class.</param>
/// <param name="Predicted">Images that were taken for this class.</param>
/// <param name="Right">Images that are both.</param>
/// <param name="Precision">Right / predicted, in [0, 1]; 0 where nothing was predicted.</param>
/// <param name="Recall">Right / images, in [0, 1]; 0 where there are none.</param>
public sealed record DlaClassMetrics(string Name, long Images, long Predicted, long Right, double Precision, double Recall)
{
    /// <summary>The harmonic mean of precision and recall, in [0, 1].</summary>
    public double F1 => Precision + Recall > 0 ? 2 * Precision * Recall / (Precision + Recall) : 0;
}
