using Dla.MLNet;

namespace Dla.WebApp;

/// <summary>Predictions with activation maps, drawn over the photo, where the model has the output <c>features</c> that they need.</summary>
internal sealed class PhotoMaps(DlaClassifier classifier, ImageMemoryBudget memory, ClassifierSettings settings)
{
    /// <summary>The pictures' longer side; the page shows them about as large.</summary>
    private const int LongerSide = 448;

    private volatile bool _available = true;

    /// <summary>Classifies a photo and draws a map for each class; without maps where the model cannot give them.</summary>
    public IReadOnlyList<ClassScore> Predict(byte[] photo, int top, CancellationToken cancel)
    {
        if (!_available) return Plain(classifier.Predict(photo, top, cancel));
        try
        {
            var explanation = classifier.Explain(photo, top, cancel);
            cancel.ThrowIfCancellationRequested();
            var options = new DlaOverlayOptions { LongerSide = LongerSide, MaxPixels = settings.MaxPixels, Memory = memory };
            var pictures = explanation.Overlays(photo, options);
            return [.. explanation.Prediction.Top.Zip(pictures, (c, png) => new ClassScore(c.Label, c.Probability, Address(png)))];
        }
        catch (NotSupportedException)
        {
            _available = false;
            return Plain(classifier.Predict(photo, top, cancel));
        }
    }

    public static IReadOnlyList<ClassScore> Plain(DlaPrediction prediction) => [.. prediction.Top.Select(c => new ClassScore(c.Label, c.Probability))];

    /// <summary>A picture as the address of itself.</summary>
    private static string Address(byte[] png) => "data:image/png;base64," + Convert.ToBase64String(png);
}
