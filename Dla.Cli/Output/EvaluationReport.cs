using System.Globalization;
using System.Text.Json;
using Dla.MLNet;

namespace Dla.Cli.Output;

/// <summary>What <c>dla evaluate</c> prints: lines for people, or one JSON object for programs.</summary>
internal static class EvaluationReport
{
    /// <summary>Bad images told one by one; the rest is a number.</summary>
    private const int BadImagesTold = 10;

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(ImageEvaluation evaluation, string model, string data, TimeSpan time, bool asJson)
    {
        var rate = evaluation.Images / time.TotalSeconds;
        foreach (var bad in evaluation.BadImages.Take(BadImagesTold)) Console.Error.WriteLine($"dla: {bad.Reason}");
        if (evaluation.BadImages.Count > BadImagesTold) Console.Error.WriteLine($"dla: … and {evaluation.BadImages.Count - BadImagesTold} more bad images.");
        if (asJson) WriteJson(evaluation, model, data, rate);
        else WriteLines(evaluation, model, data, rate);
    }

    private static void WriteLines(ImageEvaluation evaluation, string model, string data, double rate)
    {
        Line("model", model);
        Line("data", data);
        Line("top-1", Percent(evaluation.Top1));
        Line("top-5", Percent(evaluation.Top5));
        if (evaluation.Metrics is { } metrics) Line("log-loss", metrics.LogLoss.ToString("f3", CultureInfo.InvariantCulture));
        Line("images", string.Create(CultureInfo.InvariantCulture, $"{evaluation.Images:N0} scored, {rate:f1} images/s"));
        if (evaluation.BadImages.Count > 0) Line("bad images", string.Create(CultureInfo.InvariantCulture, $"{evaluation.BadImages.Count:N0}, counted as wrong"));
    }

    private static void WriteJson(ImageEvaluation evaluation, string model, string data, double rate)
    {
        var values = new Dictionary<string, object?>
        {
            ["model"] = model,
            ["data"] = data,
            ["images"] = evaluation.Images,
            ["badImages"] = evaluation.BadImages.Count,
            ["top1"] = evaluation.Top1,
            ["top5"] = evaluation.Top5,
            ["logLoss"] = evaluation.Metrics?.LogLoss,
            ["imagesPerSecond"] = Math.Round(rate, 1),
        };
        Console.Out.WriteLine(JsonSerializer.Serialize(values, Format));
    }

    private static void Line(string name, string value) => Console.Out.WriteLine($"{name,-10}  {value}");

    private static string Percent(double fraction) => string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:f2} %");
}
