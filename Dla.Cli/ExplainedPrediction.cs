using Dla.MLNet;

namespace Dla.Cli;

/// <summary>A prediction, and the photo with the map of each of its classes where those were asked for.</summary>
/// <param name="Prediction">The most probable classes.</param>
/// <param name="Pictures">The classes' names and PNG files.</param>
internal sealed record ExplainedPrediction(DlaPrediction Prediction, IReadOnlyList<(string Class, byte[] Png)> Pictures)
{
    /// <summary>Classifies a file and draws its maps, all on one scale of colours.</summary>
    public static ExplainedPrediction Of(DlaClassifier classifier, string file, int top, CancellationToken cancel)
    {
        var explanation = classifier.Explain(file, top, cancel);
        var strongest = explanation.Maps.SelectMany(m => m.Values.ToArray()).Max();
        var options = new DlaOverlayOptions { Strongest = strongest > 0 ? strongest : null };
        return new ExplainedPrediction(explanation.Prediction, [.. explanation.Maps.Select(m => m.ClassName).Zip(explanation.Overlays(file, options))]);
    }
}
