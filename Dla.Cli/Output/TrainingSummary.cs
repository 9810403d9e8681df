using System.Globalization;
using Dla.Finetune;
using Spectre.Console;

namespace Dla.Cli.Output;

/// <summary>The table at the end of <c>dla finetune</c>.</summary>
internal static class TrainingSummary
{
    /// <param name="network">What was trained, in a few words.</param>
    /// <param name="learned">What it learned from.</param>
    /// <param name="result">How training ended.</param>
    /// <param name="measured">The final accuracy and what it was measured on.</param>
    /// <param name="files">Files to name: what they are, and where.</param>
    public static void Write(string network, ImageDataset learned, DlaTrainingResult result, (DlaAccuracy Accuracy, string Data)? measured,
        params (string Name, string Path)[] files)
    {
        var table = new Table().Border(TableBorder.Simple).HideHeaders().AddColumn("").AddColumn("");
        void Row(string name, FormattableString text) => table.AddRow(name, Terminal.Printable(text.ToString(CultureInfo.InvariantCulture)).EscapeMarkup());
        var (steps, waited) = (Sum(result, e => e.Duration), Sum(result, e => e.Waited));
        Row("network", $"{network}");
        Row("learned from", $"{learned.Name}, {learned.ClassNames.Count} classes");
        Row("epochs", $"{result.Epochs.Count}, best {result.BestEpoch}");
        if (result.Epochs.Count > 0)
        {
            Row("time of the steps", $"{TrainingText.Duration(steps)}, {100 * waited / steps:f1} % waiting for images");
            Row("last epoch", $"loss {result.Epochs[^1].Loss:f4}, top-1 {100 * result.Epochs[^1].Top1:f2} % of the varied training images");
        }
        if (result.Best?.Validation is { } v) Row("validation", $"top-1 {100 * v.Top1:f2} %, top-5 {100 * v.Top5:f2} %, loss {v.Loss:f4}");
        if (measured is { } m)
            Row("measured on", $"{m.Data}: top-1 {100 * m.Accuracy.Top1:f2} %, top-5 {100 * m.Accuracy.Top5:f2} %, loss {m.Accuracy.Loss:f4}");
        var bad = result.BadImages.Count + (measured?.Accuracy.BadImages ?? 0);
        if (bad > 0) Row("bad images", $"{result.BadImages.Count} left out of training, {measured?.Accuracy.BadImages ?? 0} counted as wrong");
        foreach (var (name, path) in files) Row(name, $"{path}");
        Terminal.Results.Write(table);
    }

    private static TimeSpan Sum(DlaTrainingResult result, Func<TrainingEpoch, TimeSpan> time) => TimeSpan.FromTicks(result.Epochs.Sum(e => time(e).Ticks));
}
