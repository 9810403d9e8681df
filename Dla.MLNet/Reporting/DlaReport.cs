using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dla.MLNet;

/// <summary>All numbers of an evaluation, for a page that people read (<see cref="Write"/>), for programs (JSON, CSV) and to compare with later runs.</summary>
/// <example><code>
/// var evaluation = ml.EvaluateImages(scored);
/// var report = DlaReport.Of(evaluation, "flowers.onnx", "flowers/test");
/// report.Write("flowers.html", new DlaReportOptions { Image = row => File.ReadAllBytes(paths[(int)row]) });
/// </code></example>
public sealed record DlaReport
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>Version of the JSON's layout. Now 1.</summary>
    public int ReportVersion { get; init; } = 1;

    /// <summary>What was evaluated, such as the model's file.</summary>
    public required string Model { get; init; }

    /// <summary>What it was evaluated on.</summary>
    public required string Data { get; init; }

    /// <summary>When the report was made.</summary>
    public DateTimeOffset Created { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>Images in the data, the bad ones among them.</summary>
    public long Images { get; init; }

    /// <summary>Images that could not be measured: unreadable, or without a label or finite scores. They count as wrong.</summary>
    public long BadImages { get; init; }

    /// <summary>Fraction in [0, 1] of all images whose best class is right.</summary>
    public double Top1 { get; init; }

    /// <summary>The 95 % confidence interval of <see cref="Top1"/> (Wilson).</summary>
    public DlaInterval Top1Interval { get; init; } = new(0, 1);

    /// <summary>Fraction in [0, 1] of all images whose right class is among the best five.</summary>
    public double Top5 { get; init; }

    /// <summary>The 95 % confidence interval of <see cref="Top5"/> (Wilson).</summary>
    public DlaInterval Top5Interval { get; init; } = new(0, 1);

    /// <summary>Mean over the good images of −ln(probability of the right class), in nats; <see langword="null"/> where every image is bad.</summary>
    public double? LogLoss { get; init; }

    /// <summary>
    /// Mean over the classes of the fraction of their good images that is classified rightly; <see langword="null"/> where every image is bad.
    /// </summary>
    public double? MacroAccuracy { get; init; }

    /// <summary>Whether the probabilities mean what they say; its <see cref="DlaCalibration.Error"/> is the ECE with 15 bins.</summary>
    public DlaCalibration Calibration { get; init; } = new([], 0);

    /// <summary>How long scoring took, in seconds; 0 where nobody measured.</summary>
    public double Seconds { get; init; }

    /// <summary>Images scored in a second; 0 where nobody measured.</summary>
    public double ImagesPerSecond { get; init; }

    /// <summary>Differs when the data's labels or their order differ.</summary>
    public string Labels { get; init; } = "";

    /// <summary>Precision, recall and counts of each class, in the order of the model's outputs.</summary>
    public IReadOnlyList<DlaClassMetrics> Classes { get; init; } = [];

    /// <summary>The confusion matrix without its zeros, row by row.</summary>
    public IReadOnlyList<DlaConfusion> Confusions { get; init; } = [];

    /// <summary>The most confident wrong answers, worst first.</summary>
    public IReadOnlyList<DlaMistake> WorstMistakes { get; init; } = [];

    /// <summary>The images that could not be measured.</summary>
    public IReadOnlyList<BadImage> BadImageList { get; init; } = [];

    /// <summary>The model's card; <see langword="null"/> where it has none.</summary>
    public DlaModelCard? Card { get; init; }

    /// <summary>The numbers of an evaluation.</summary>
    /// <param name="evaluation">What <c>EvaluateImages</c> gave.</param>
    /// <param name="model">What to call the model.</param>
    /// <param name="data">What to call the data.</param>
    /// <param name="duration">How long scoring took.</param>
    /// <param name="card">The model's card.</param>
    /// <param name="imageName">What to call the image of a row, such as its path.</param>
    public static DlaReport Of(ImageEvaluation evaluation, string model, string data, TimeSpan duration = default, DlaModelCard? card = null,
        Func<long, string>? imageName = null)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        return new DlaReport
        {
            Model = model,
            Data = data,
            Images = evaluation.Images,
            BadImages = evaluation.BadImages.Count,
            Top1 = evaluation.Top1,
            Top1Interval = evaluation.Top1Interval,
            Top5 = evaluation.Top5,
            Top5Interval = evaluation.Top5Interval,
            LogLoss = Finite(evaluation.Metrics?.LogLoss),
            MacroAccuracy = Finite(evaluation.Metrics?.MacroAccuracy),
            Calibration = evaluation.Calibration,
            Seconds = duration.TotalSeconds,
            ImagesPerSecond = duration > TimeSpan.Zero ? evaluation.Images / duration.TotalSeconds : 0,
            Labels = evaluation.Labels,
            Classes = evaluation.Classes(),
            Confusions = evaluation.Confusions(),
            WorstMistakes = [.. evaluation.WorstMistakes.Select(m => m with { Image = m.Image ?? imageName?.Invoke(m.Row) })],
            BadImageList = evaluation.BadImages,
            Card = card,
        };
    }

    /// <summary>Writes one self-contained page: no scripts, styles, fonts or pictures from elsewhere; it appears whole or not at all.</summary>
    /// <param name="path">The HTML file, which is replaced.</param>
    /// <param name="options">Where thumbnails and activation maps come from, and what to compare with.</param>
    /// <exception cref="ArgumentException">The baseline is of other classes or other data.</exception>
    public void Write(string path, DlaReportOptions? options = null) => AtomicFile.WriteText(path, ReportPage.Render(this, options ?? new DlaReportOptions()));

    /// <summary>Writes the numbers as JSON, which <see cref="Load"/> reads; the file appears whole or not at all.</summary>
    public void WriteJson(string path) => AtomicFile.WriteText(path, ToJson() + "\n");

    /// <summary>Writes the numbers as CSV with the columns group, name, metric, value; the file appears whole or not at all.</summary>
    public void WriteCsv(string path) => AtomicFile.WriteText(path, ReportCsv.Render(this));

    /// <summary>The numbers as indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Format);

    /// <summary>Reads what <see cref="WriteJson"/> wrote.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">It is not such a file, or of a later layout.</exception>
    public static DlaReport Load(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no report '{path}'. Write one with 'dla evaluate … --json FILE'.", path);
        try
        {
            var report = JsonSerializer.Deserialize<DlaReport>(File.ReadAllText(path), Format) ?? throw new JsonException("it is empty.");
            return report.ReportVersion <= 1 ? report : throw new FormatException($"'{path}' has the layout {report.ReportVersion}; this version " +
                "knows 1. Update the package.");
        }
        catch (JsonException e)
        {
            throw new FormatException($"'{path}' is not a report: {e.Message} Write one with 'dla evaluate … --json FILE'.", e);
        }
    }

    /// <summary>What changed since another evaluation of the same data.</summary>
    /// <exception cref="ArgumentException">The other is of other classes or other data.</exception>
    public DlaReportComparison CompareWith(DlaReport baseline)
    {
        ArgumentNullException.ThrowIfNull(baseline);
        return DlaReportComparison.Of(baseline, this);
    }

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}
