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
        var photo = DlaImageFiles.Read(file, cancel);   // once: it may be a pipe
        var explanation = Explain(classifier, file, photo.Span, top, cancel);
        var strongest = explanation.Maps.SelectMany(m => m.Values.ToArray()).Max();
        var options = new DlaOverlayOptions { Strongest = strongest > 0 ? strongest : null };
        return new ExplainedPrediction(explanation.Prediction, [.. explanation.Maps.Select(m => m.ClassName).Zip(explanation.Overlays(photo.Span, options))]);
    }

    private static DlaExplanation Explain(DlaClassifier classifier, string file, ReadOnlySpan<byte> photo, int top, CancellationToken cancel)
    {
        try
        {
            return classifier.Explain(photo, top, cancel);
        }
        catch (ImageDecodeException e)
        {
            throw new ImageDecodeException(file, e.Message, e);
        }
    }
}
