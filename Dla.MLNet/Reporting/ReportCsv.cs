using System.Globalization;
using System.Text;

namespace Dla.MLNet;

/// <summary>A report as lines of group, name, metric, value; texts are quoted as RFC 4180 says.</summary>
internal static class ReportCsv
{
    public static string Render(DlaReport report)
    {
        var text = new StringBuilder("group,name,metric,value\n");
        void Line(string group, string name, string metric, object value) =>
            text.Append(CultureInfo.InvariantCulture, $"{group},{Quote(name)},{metric},{Value(value)}\n");
        void Total(string metric, object? value) { if (value is not null) Line("total", "", metric, value); }

        Total("model", report.Model);
        Total("data", report.Data);
        Total("images", report.Images);
        Total("badImages", report.BadImages);
        Total("top1", report.Top1);
        Total("top1Low", report.Top1Interval.Low);
        Total("top1High", report.Top1Interval.High);
        Total("top5", report.Top5);
        Total("top5Low", report.Top5Interval.Low);
        Total("top5High", report.Top5Interval.High);
        Total("logLoss", report.LogLoss);
        Total("macroAccuracy", report.MacroAccuracy);
        Total("calibrationError", report.Calibration.Error);
        Total("seconds", report.Seconds);
        Total("imagesPerSecond", report.ImagesPerSecond);
        foreach (var c in report.Classes)
            foreach (var (metric, value) in ((string, object)[])[("images", c.Images), ("predicted", c.Predicted), ("right", c.Right),
                ("precision", c.Precision), ("recall", c.Recall), ("f1", c.F1)])
                Line("class", c.Name, metric, value);
        foreach (var bin in report.Calibration.Bins)
            foreach (var (metric, value) in ((string, object)[])[("images", bin.Images), ("confidence", bin.Confidence), ("accuracy", bin.Accuracy)])
                Line("calibration", string.Create(CultureInfo.InvariantCulture, $"{bin.From:f4}-{bin.To:f4}"), metric, value);
        foreach (var c in report.Confusions) Line("confusion", report.Classes[c.Actual].Name, Quote(report.Classes[c.Predicted].Name), c.Images);
        foreach (var m in report.WorstMistakes)
            foreach (var (metric, value) in ((string, object)[])[("actual", m.Actual), ("predicted", m.Predicted), ("probability", m.Probability),
                ("actualProbability", m.ActualProbability)])
                Line("mistake", m.Image ?? $"{m.Row}", metric, value);
        foreach (var bad in report.BadImageList) Line("bad", $"{bad.Row}", "reason", bad.Reason);
        return text.ToString();
    }

    private static string Value(object value) => value is string text ? Quote(text) : ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture);

    private static string Quote(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
