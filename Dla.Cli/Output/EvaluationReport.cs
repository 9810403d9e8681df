using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dla.MLNet;

namespace Dla.Cli.Output;

/// <summary>What <c>dla evaluate</c> prints: lines for people, or one JSON object for programs.</summary>
internal static class EvaluationReport
{
    /// <summary>Bad images told one by one; the rest is a number.</summary>
    private const int BadImagesTold = 10;

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Classes with the lowest recall that are told.</summary>
    private const int HardestTold = 3;

    /// <summary>Classes without images that are told.</summary>
    private const int AbsentTold = 5;

    private const string Changes = "changes";

    /// <summary>Classes told of a comparison.</summary>
    private const int ClassesTold = 10;

    public static void Write(DlaReport report, DlaReportComparison? comparison, EvaluationFormat format)
    {
        foreach (var bad in report.BadImageList.Take(BadImagesTold)) Console.Error.WriteLine($"dla: {Terminal.Printable(bad.Reason)}");
        if (report.BadImages > BadImagesTold) Console.Error.WriteLine($"dla: … and {report.BadImages - BadImagesTold} more bad images.");
        if (format == EvaluationFormat.WholeJson) WriteWholeJson(report, comparison);
        else if (format == EvaluationFormat.MainJson) WriteJson(report, comparison);
        else WriteLines(report, comparison);
    }

    private static void WriteLines(DlaReport report, DlaReportComparison? comparison)
    {
        Line("model", report.Model);
        Line("data", report.Data);
        Line("top-1", $"{Percent(report.Top1)}  (95 % interval {Range(report.Top1Interval)})");
        Line("top-5", $"{Percent(report.Top5)}  (95 % interval {Range(report.Top5Interval)})");
        if (report.LogLoss is { } loss) Line("log-loss", loss.ToString("f3", CultureInfo.InvariantCulture));
        if (report.BadImages < report.Images) Line("ECE", $"{Percent(report.Calibration.Error)}  (calibration error, 15 bins)");
        Line("images", string.Create(CultureInfo.InvariantCulture, $"{report.Images - report.BadImages:N0} scored, {report.ImagesPerSecond:f1} images/s"));
        if (report.BadImages > 0) Line("bad images", string.Create(CultureInfo.InvariantCulture, $"{report.BadImages:N0}, counted as wrong"));
        var hardest = report.Classes.Where(c => c.Images > 0).OrderBy(c => c.Recall).Take(HardestTold).ToList();
        if (hardest.Count > 1)
            Line("hardest", $"{string.Join(", ", hardest.Select(c => $"{c.Name} {Percent(c.Recall)}"))}  (recall; --report and --csv have every class)");
        var absent = report.Classes.Where(c => c.Images == 0).Select(c => c.Name).ToList();
        if (absent.Count > 0 && report.BadImages < report.Images)
            Line("absent", $"{absent.Count} of {report.Classes.Count} classes have no measured images: {string.Join(", ", absent.Take(AbsentTold))}" +
                $"{(absent.Count > AbsentTold ? ", …" : "")}");
        if (comparison is null) return;
        Console.Out.WriteLine();
        Console.Out.WriteLine(Terminal.Printable($"against {comparison.Baseline}"));
        foreach (var change in comparison.Totals)
        {
            var isFraction = change.Name != "log-loss";
            Line(change.Name, $"{Value(change.Before, isFraction)} → {Value(change.After, isFraction)}  ({Signed(change.Difference, isFraction)})", width: 18);
        }
        if (comparison.Classes.Count == 0) return;
        Console.Out.WriteLine($"recall of {comparison.Classes.Count} classes changed{(comparison.Classes.Count > ClassesTold ? ", most that of" : "")}");
        foreach (var change in comparison.Classes.Take(ClassesTold)) Line($"  {change.Name}", $"{Percent(change.Before)} " +
            $"→ {Percent(change.After)}  ({Signed(change.Difference, isFraction: true)})", width: 18);
    }

    private static void WriteJson(DlaReport report, DlaReportComparison? comparison)
    {
        var values = new Dictionary<string, object?>
        {
            ["model"] = report.Model,
            ["data"] = report.Data,
            ["images"] = report.Images,
            ["badImages"] = report.BadImages,
            ["top1"] = report.Top1,
            ["top1Interval"] = new { low = report.Top1Interval.Low, high = report.Top1Interval.High },
            ["top5"] = report.Top5,
            ["top5Interval"] = new { low = report.Top5Interval.Low, high = report.Top5Interval.High },
            ["logLoss"] = report.LogLoss,
            ["macroAccuracy"] = report.MacroAccuracy,
            ["calibrationError"] = report.Calibration.Error,
            ["imagesPerSecond"] = Math.Round(report.ImagesPerSecond, 1),
        };
        if (comparison is not null) values[Changes] = Totals(comparison);
        Console.Out.WriteLine(JsonSerializer.Serialize(values, Format));
    }

    private static void WriteWholeJson(DlaReport report, DlaReportComparison? comparison)
    {
        var values = JsonNode.Parse(report.ToJson())!.AsObject();
        if (comparison is not null) values[Changes] = Totals(comparison);
        Console.Out.WriteLine(values.ToJsonString(Format));
    }

    private static JsonObject Totals(DlaReportComparison comparison) => new(comparison.Totals.Select(c =>
        KeyValuePair.Create(c.Name, (JsonNode?)new JsonObject { ["before"] = c.Before, ["after"] = c.After })));

    private static void Line(string name, string value, int width = 10) => Console.Out.WriteLine(Terminal.Printable($"{name.PadRight(width)}  {value}"));

    private static string Range(DlaInterval interval) => string.Create(CultureInfo.InvariantCulture, $"{100 * interval.Low:f2} … {100 * interval.High:f2} %");

    private static string Value(double value, bool isFraction) => isFraction ? Percent(value) : value.ToString("f3", CultureInfo.InvariantCulture);

    private static string Signed(double value, bool isFraction) =>
        (isFraction ? 100 * value : value).ToString(isFraction ? "+0.00;-0.00;0.00" : "+0.000;-0.000;0.000", CultureInfo.InvariantCulture)
            + (isFraction ? " points" : "");

    private static string Percent(double fraction) => string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:f2} %");
}
