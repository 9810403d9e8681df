using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Evaluates scored images in one pass: <c>ml.EvaluateImages(model.Transform(images))</c>.</summary>
public static class DlaEvaluation
{
    /// <summary>Measures top-1, top-5 and ML.NET's metrics. The rows are streamed; only the bad images are kept.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="scored">
    /// What <c>ClassifyImages</c> gave: the columns <c>Score</c> and <c>PredictedLabel</c>, and with <see cref="BadImageHandling.Missing"/> also
    /// <c>ImageError</c>.
    /// </param>
    /// <param name="labelColumnName">The right classes, as keys in the order of the model's classes: <c>MapLabels</c> makes them.</param>
    /// <param name="progress">Receives the number of images scored so far, on the thread that evaluates.</param>
    /// <exception cref="ArgumentException">
    /// A column is missing or of another type, the labels' keys are not in the order of the model's classes, or there are no rows.
    /// </exception>
    public static ImageEvaluation EvaluateImages(this MLContext ml, IDataView scored, string labelColumnName = "Label", IProgress<long>? progress = null) =>
        ml.EvaluateImages(scored, new DlaEvaluationOptions { LabelColumnName = labelColumnName, Progress = progress });

    /// <summary>
    /// Measures top-1, top-5, calibration and ML.NET's metrics, and keeps the worst mistakes. The rows are streamed; only the bad images are kept.
    /// </summary>
    /// <param name="ml">The context.</param>
    /// <param name="scored">
    /// What <c>ClassifyImages</c> gave: the columns of scores and predicted labels, and with <see cref="BadImageHandling.Missing"/> also that of
    /// errors; their names are in the options.
    /// </param>
    /// <param name="options">See <see cref="DlaEvaluationOptions"/>.</param>
    /// <exception cref="ArgumentException">
    /// A column is missing or of another type, the labels' keys are not in the order of the model's classes, or there are no rows.
    /// </exception>
    public static ImageEvaluation EvaluateImages(this MLContext ml, IDataView scored, DlaEvaluationOptions options)
    {
        ArgumentNullException.ThrowIfNull(ml);
        ArgumentNullException.ThrowIfNull(scored);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.WorstMistakes);
        var score = scored.Schema[options.ScoreColumnName];
        if (score.Type is not VectorDataViewType { Size: > 1 and var classes })
            throw new ArgumentException($"Column '{score.Name}' is {score.Type}; " +
                "expected a vector with one probability for each of two classes or more, as ClassifyImages gives.", nameof(scored));
        var names = Names(score, classes);
        RequireOrder(scored.Schema[options.LabelColumnName], names);
        var sums = new EvaluationSums(names, options.WorstMistakes, options.Progress);
        var hasErrors = scored.Schema.GetColumnOrNull(options.ImageErrorColumnName) is not null;
        var named = Copy(Copy(scored, ScoredRow.LabelColumn, options.LabelColumnName), ScoredRow.ScoreColumn, options.ScoreColumnName);
        if (hasErrors) named = Copy(named, CheckedRow.ErrorColumn, options.ImageErrorColumnName);
        var good = hasErrors
            ? ml.Data.FilterByCustomPredicate<CheckedRow>(named, row => !sums.Add(row.RightKey, row.Scores(), row.Error))
            : ml.Data.FilterByCustomPredicate<ScoredRow>(named, row => !sums.Add(row.RightKey, row.Scores(), ""));
        var metrics = ml.MulticlassClassification.Evaluate(good, options.LabelColumnName, options.ScoreColumnName, options.PredictedLabelColumnName,
            topKPredictionCount: Math.Min(5, classes));   // more than there are classes is refused
        if (sums.Images == 0) throw new ArgumentException("There are no images to evaluate: the data has no rows.", nameof(scored));
        return new ImageEvaluation
        {
            Images = sums.Images,
            BadImages = sums.BadImages,
            Top1 = sums.Measured == 0 ? 0 : Share(metrics.MicroAccuracy),
            Top5 = sums.Measured == 0 ? 0 : Share(metrics.TopKAccuracy),
            Metrics = sums.Measured == 0 ? null : metrics,
            ClassNames = names,
            Calibration = sums.Calibration,
            WorstMistakes = sums.WorstMistakes,
            Labels = sums.Labels,
        };

        IDataView Copy(IDataView rows, string name, string of) => ml.Transforms.CopyColumns(name, of).Fit(rows).Transform(rows);

        // ML.NET's fraction of the images that it measures, as a count again, over all images.
        double Share(double accuracy) => Math.Round(accuracy * sums.Measured) / sums.Images;
    }

    /// <summary>Keys that were made in another order, as of first appearance, would be taken for other classes.</summary>
    private static void RequireOrder(DataViewSchema.Column label, string[] classes)
    {
        if (label.Type is not KeyDataViewType)
            throw new ArgumentException($"Column '{label.Name}' is {label.Type}; expected keys in the order of the model's classes. Make them with MapLabels.");
        if (label.Annotations.Schema.GetColumnOrNull("KeyValues") is null) return;
        var areNumbers = classes.Select((c, i) => c == $"{i}").All(isNumber => isNumber);   // as those of models whose classes have no names
        var keys = KeyReader.NamesOf(label);
        for (var i = 0; i < keys.Count; i++)
        {
            if (i < classes.Length && keys[i] == classes[i]) continue;
            if (Array.IndexOf(classes, keys[i]) is >= 0 and var place)
                throw new ArgumentException($"Key {i + 1} of column '{label.Name}' is '{keys[i]}', which is class {place + 1} of the model: " +
                    "the keys are not in the order of the model's classes. Make them with MapLabels.");
            if (i < classes.Length && !areNumbers)
                throw new ArgumentException($"Key {i + 1} of column '{label.Name}' is '{keys[i]}', and class {i + 1} of the model is '{classes[i]}'; " +
                    "the same names are expected. Make the keys with MapLabels.");
        }
    }

    private static string[] Names(DataViewSchema.Column score, int classes)
    {
        if (!score.HasSlotNames()) return [.. Enumerable.Range(0, classes).Select(i => $"{i}")];
        VBuffer<ReadOnlyMemory<char>> names = default;
        score.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }

    private class ScoredRow
    {
        public const string LabelColumn = "DlaRightClass", ScoreColumn = "DlaScore";

        private float[] _dense = [];

        [ColumnName(ScoreColumn)] public VBuffer<float> Score { get; set; }

        [ColumnName(LabelColumn)] public uint RightKey { get; set; }

        public ReadOnlySpan<float> Scores()
        {
            if (Score.IsDense) return Score.GetValues();
            Array.Resize(ref _dense, Score.Length);
            Score.CopyTo(_dense);
            return _dense;
        }
    }

    private sealed class CheckedRow : ScoredRow
    {
        public const string ErrorColumn = "DlaImageError";

        [ColumnName(ErrorColumn)] public string Error { get; set; } = "";
    }
}
