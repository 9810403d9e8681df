using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Evaluates scored images in one pass: <c>ml.EvaluateImages(model.Transform(images))</c>.</summary>
public static class DlaEvaluation
{
    /// <summary>Measures top-1, top-5 and ML.NET's metrics. The rows are streamed; only the bad images are kept.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="scored">
    /// What <c>ClassifyImages</c> gave: the columns <c>Score</c> and <c>PredictedLabel</c>, and with <see cref="BadImageHandling.Missing"/> also <c>ImageError</c>.
    /// </param>
    /// <param name="labelColumnName">The right classes, as keys in the order of the model's classes: <c>MapLabels</c> makes them.</param>
    /// <param name="progress">Is told the number of images scored so far, on the thread that evaluates.</param>
    /// <exception cref="ArgumentException">A column is missing, or there are no rows.</exception>
    public static ImageEvaluation EvaluateImages(this MLContext ml, IDataView scored, string labelColumnName = "Label", IProgress<long>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(ml);
        ArgumentNullException.ThrowIfNull(scored);
        var scores = scored.Schema["Score"].Type as VectorDataViewType;
        if (scores is not { Size: > 0 }) throw new ArgumentException($"Column 'Score' is {scored.Schema["Score"].Type}; expected a vector with one probability a class, as ClassifyImages gives.", nameof(scored));
        var images = 0L;
        var bad = new List<BadImage>();
        var good = scored.Schema.GetColumnOrNull(nameof(CheckedRow.ImageError)) is null
            ? ml.Data.FilterByCustomPredicate<ScoredRow>(scored, _ => IsBad(""))
            : ml.Data.FilterByCustomPredicate<CheckedRow>(scored, row => IsBad(row.ImageError));
        var metrics = ml.MulticlassClassification.Evaluate(good, labelColumnName, topKPredictionCount: Math.Min(5, scores.Size));   // more than there are classes is refused
        if (images == 0) throw new ArgumentException("There are no images to evaluate: the data has no rows.", nameof(scored));
        var scoredImages = images - bad.Count;
        return scoredImages == 0
            ? new ImageEvaluation { Images = images, BadImages = bad, Top1 = 0, Top5 = 0, Metrics = null }
            : new ImageEvaluation { Images = images, BadImages = bad, Top1 = Share(metrics.MicroAccuracy), Top5 = Share(metrics.TopKAccuracy), Metrics = metrics };

        // ML.NET's fraction of the good images, as a count again, over all images.
        double Share(double accuracy) => Math.Round(accuracy * scoredImages) / images;

        bool IsBad(string error)
        {
            if (error.Length > 0) bad.Add(new BadImage(images, error));
            images++;
            progress?.Report(images);
            return error.Length > 0;
        }
    }

    private class ScoredRow
    {
        public uint PredictedLabel { get; set; }
    }

    private sealed class CheckedRow : ScoredRow
    {
        public string ImageError { get; set; } = "";
    }
}
