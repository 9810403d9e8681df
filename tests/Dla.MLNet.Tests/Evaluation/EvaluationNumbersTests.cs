using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

/// <summary>All numbers of a report against a plain recount of made-up scores.</summary>
public sealed class EvaluationNumbersTests
{
    private readonly MLContext _ml = new(seed: 1);

    private sealed class Row
    {
        public uint Label { get; set; }

        public float[] Score { get; set; } = [];

        public uint PredictedLabel { get; set; }

        public string ImageError { get; set; } = "";
    }

    /// <summary>Random softmax scores that lean to the right class; every thirtieth image is bad.</summary>
    private static List<Row> Rows(int count, int classes)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var label = random.Next(classes);
            var scores = Enumerable.Range(0, classes).Select(c => Math.Exp(3 * random.NextDouble() + (c == label ? 1.5 : 0))).ToArray();
            var bad = i % 30 == 29;
            return new Row
            {
                Label = (uint)label,   // ML.NET counts the keys of .NET objects from 0
                Score = [.. scores.Select(s => bad ? float.NaN : (float)(s / scores.Sum()))],
                PredictedLabel = (uint)Array.IndexOf(scores, scores.Max()),
                ImageError = bad ? $"'{i}.jpg' is <damaged>" : "",
            };
        })];
    }

    private ImageEvaluation Evaluate(List<Row> rows, string[] names, int worst = 24)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema["Score"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, names.Length);
        VBuffer<ReadOnlyMemory<char>> slots = new(names.Length, [.. names.Select(n => n.AsMemory())]);
        schema["Score"].AddAnnotation("SlotNames", slots, new VectorDataViewType(TextDataViewType.Instance, names.Length));
        foreach (var key in (string[])["Label", "PredictedLabel"])
        {
            schema[key].ColumnType = new KeyDataViewType(typeof(uint), names.Length);
            schema[key].AddAnnotation("KeyValues", slots, new VectorDataViewType(TextDataViewType.Instance, names.Length));
        }
        return _ml.EvaluateImages(_ml.Data.LoadFromEnumerable(rows, schema), new DlaEvaluationOptions { WorstMistakes = worst });
    }

    private static string[] Names(int classes) => [.. Enumerable.Range(0, classes).Select(i => $"class {i}")];

    private static int Best(Row row) => Array.IndexOf(row.Score, row.Score.Max());

    [Fact]
    public void Images_without_a_label_or_finite_scores_count_as_wrong()
    {
        Row Scored(uint label, params float[] scores) => new() { Label = label, Score = scores };
        List<Row> rows = [Scored(0, 0.9f, 0.1f), Scored(0, 0.2f, 0.8f), Scored(uint.MaxValue, 0.9f, 0.1f), Scored(0, float.NaN, float.NaN),
            Scored(1, float.PositiveInfinity, 0)];
        var evaluation = Evaluate(rows, Names(2));
        Assert.Equal((5, 1 / 5.0, 2 / 5.0), (evaluation.Images, evaluation.Top1, evaluation.Top5));
        Assert.Equal([(2L, "no label"), (3L, "not finite"), (4L, "not finite")],
            evaluation.BadImages.Select(b => (b.Row, b.Reason.Contains("no label", StringComparison.Ordinal) ? "no label"
                : b.Reason.Contains("not finite", StringComparison.Ordinal) ? "not finite" : b.Reason)));
        Assert.Equal(0.5, evaluation.Metrics!.MicroAccuracy);
        Assert.Equal(2, evaluation.Calibration.Bins.Sum(b => b.Images));
        var none = Evaluate(rows[2..], Names(2));
        Assert.Equal((3, 0.0, 0.0), (none.Images, none.Top1, none.Top5));
        Assert.Null(none.Metrics);
        Assert.Contains("\"top1\"", DlaReport.Of(none, "m", "d").ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void One_class_is_nothing_to_measure() =>
        Assert.Contains("two classes or more", Assert.Throws<ArgumentException>(() => Evaluate([new Row { Score = [1] }], Names(1))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(2, 50)]
    [InlineData(7, 900)]
    [InlineData(300, 2000)]
    public void Every_number_is_that_of_a_plain_recount(int classes, int count)
    {
        var rows = Rows(count, classes);
        var evaluation = Evaluate(rows, Names(classes));
        var report = DlaReport.Of(evaluation, "m", "d", TimeSpan.FromSeconds(2));
        var good = rows.Where(r => r.ImageError.Length == 0).ToList();
        int Right(Func<Row, bool> isRight) => good.Count(isRight);
        var top1 = Right(r => Best(r) == r.Label);
        var top5 = Right(r => r.Score.Count(s => s > r.Score[r.Label]) < 5);
        Assert.Equal((double)top1 / count, report.Top1, 1e-12);
        Assert.Equal((double)top5 / count, report.Top5, 1e-12);
        Assert.Equal(good.Average(r => -Math.Log(r.Score[r.Label])), report.LogLoss!.Value, 1e-6);
        Assert.Equal(count / 2.0, report.ImagesPerSecond, 1e-9);
        Assert.Equal((count, count - good.Count), (report.Images, report.BadImages));
        for (var c = 0; c < classes; c++)
        {
            var (of, taken) = (good.Where(r => r.Label == c).ToList(), good.Where(r => Best(r) == c).ToList());
            double both = of.Count(r => Best(r) == c), precision = taken.Count == 0 ? 0 : both / taken.Count, recall = of.Count == 0 ? 0 : both / of.Count;
            var metrics = report.Classes[c];
            Assert.Equal(($"class {c}", of.Count, taken.Count, (long)both), (metrics.Name, metrics.Images, metrics.Predicted, metrics.Right));
            Assert.Equal((precision, recall, precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall)),
                (metrics.Precision, metrics.Recall, metrics.F1));
        }
        Assert.Equal(good.GroupBy(r => ((int)r.Label, Best(r))).ToDictionary(g => g.Key, g => g.LongCount()),
            report.Confusions.ToDictionary(c => (c.Actual, c.Predicted), c => c.Images));

        var bins = good.GroupBy(r => Math.Clamp((int)Math.Ceiling((double)r.Score.Max() * 15) - 1, 0, 14)).ToDictionary(g => g.Key, g => g.ToList());
        var error = bins.Values.Sum(b => Math.Abs(b.Count(r => Best(r) == r.Label) - b.Sum(r => (double)r.Score.Max()))) / good.Count;
        Assert.Equal(error, report.Calibration.Error, 1e-9);
        Assert.Equal(15, report.Calibration.Bins.Count);
        Assert.All(report.Calibration.Bins, (b, i) => Assert.Equal(bins.TryGetValue(i, out var own) ? own.Count : 0, b.Images));

        var worst = rows.Select((r, i) => (Row: r, Index: i)).Where(r => r.Row.ImageError.Length == 0 && Best(r.Row) != r.Row.Label)
            .OrderByDescending(r => r.Row.Score.Max()).ThenBy(r => r.Index).Take(24).Select(r => (long)r.Index);
        Assert.Equal(worst, report.WorstMistakes.Select(m => m.Row));
        Assert.All(report.WorstMistakes, m => Assert.Equal((Names(classes)[rows[(int)m.Row].Label], (double)rows[(int)m.Row].Score.Max()),
            (m.Actual, m.Probability)));
    }

    [Fact]
    public void No_more_mistakes_are_kept_than_asked_for()
    {
        var rows = Rows(400, 5);
        Assert.Equal(3, Evaluate(rows, Names(5), worst: 3).WorstMistakes.Count);
        Assert.Empty(Evaluate(rows, Names(5), worst: 0).WorstMistakes);
    }

    [Theory]
    [InlineData(0, 10, 0, 0.2775)]          // values of R's binom.confint(method = "wilson")
    [InlineData(5, 10, 0.2366, 0.7634)]
    [InlineData(10, 10, 0.7225, 1)]
    [InlineData(3866, 10000, 0.3771, 0.3962)]
    [InlineData(0, 0, 0, 1)]
    public void Wilsons_interval_holds_at_the_ends(int hits, int trials, double low, double high)
    {
        var interval = DlaInterval.Wilson(hits, trials);
        Assert.Equal(low, interval.Low, 1e-4);
        Assert.Equal(high, interval.High, 1e-4);
    }

    [Fact]
    public void Reports_survive_JSON_and_agree_in_CSV()
    {
        using var folder = new ImageFolder(0);
        var report = DlaReport.Of(Evaluate(Rows(300, 4), ["a", "b, \"c\"", "<script>", "élan"]), "m.onnx", "flowers", TimeSpan.FromSeconds(3),
            imageName: row => $"{row}.jpg");
        var path = Path.Combine(folder.Path, "r.json");
        report.WriteJson(path);
        Assert.Equal(report.ToJson(), DlaReport.Load(path).ToJson());
        report.WriteCsv(Path.Combine(folder.Path, "r.csv"));
        var lines = File.ReadAllLines(Path.Combine(folder.Path, "r.csv"));
        Assert.Equal("group,name,metric,value", lines[0]);
        Assert.Contains(FormattableString.Invariant($"total,,top1,{report.Top1}"), lines);
        Assert.Contains(FormattableString.Invariant($"class,\"b, \"\"c\"\"\",recall,{report.Classes[1].Recall}"), lines);
        Assert.Equal(report.BadImages, lines.Count(l => l.StartsWith("bad,", StringComparison.Ordinal)));
        Assert.Equal(["r.csv", "r.json"], Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Files_that_are_no_reports_are_refused()
    {
        using var folder = new ImageFolder(0);
        Assert.Throws<FileNotFoundException>(() => DlaReport.Load(Path.Combine(folder.Path, "absent.json")));
        Assert.Throws<FormatException>(() => DlaReport.Load(folder.Write("a.json", "{}"u8.ToArray())));
        foreach (var member in (string[])["classes", "labels", "calibration", "badImageList", "model"])
            Assert.Throws<FormatException>(() => DlaReport.Load(folder.Write("n.json",
                Encoding.UTF8.GetBytes($"{{\"model\":\"m\",\"data\":\"d\",\"{member}\":null}}"))));
        Assert.Throws<FormatException>(() => DlaReport.Load(folder.Write("b.json", "text"u8.ToArray())));
        var report = DlaReport.Of(Evaluate(Rows(50, 3), Names(3)), "m", "d");
        Assert.Throws<DirectoryNotFoundException>(() => report.WriteJson(Path.Combine(folder.Path, "no", "r.json")));
        report.WriteJson(Path.Combine(folder.Path, "c.json"));
        folder.Write("d.json", System.Text.Encoding.UTF8.GetBytes(report.ToJson()
            .Replace("\"reportVersion\": 1", "\"reportVersion\": 2", StringComparison.Ordinal)));
        Assert.Contains("Update", Assert.Throws<FormatException>(() => DlaReport.Load(Path.Combine(folder.Path, "d.json"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_baseline_tells_what_changed_and_other_classes_or_data_are_refused()
    {
        var rows = Rows(300, 4);
        var before = DlaReport.Of(Evaluate(rows, Names(4)), "old", "d");
        foreach (var row in rows.Where(r => r.ImageError.Length == 0 && r.Label == 1)) row.Score = [0.1f, 0.7f, 0.1f, 0.1f];
        var after = DlaReport.Of(Evaluate(rows, Names(4)), "new", "d");
        var changes = after.CompareWith(before);
        Assert.Equal(("old", "top-1", after.Top1 - before.Top1), (changes.Baseline, changes.Totals[0].Name, changes.Totals[0].Difference));
        Assert.Equal("class 1", Assert.Single(changes.Classes).Name);
        Assert.Empty(after.CompareWith(after).Classes);
        var nothing = after with { Classes = [], MacroAccuracy = null, LogLoss = null, Calibration = new DlaCalibration([], 0) };
        Assert.Equal(["top-1", "top-5"], nothing.CompareWith(before).Totals.Select(t => t.Name));

        Assert.Contains("number 2", Assert.Throws<ArgumentException>(() =>
            after.CompareWith(DlaReport.Of(Evaluate(rows, ["class 0", "class 1", "x", "class 3"]), "m", "d"))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => after.CompareWith(DlaReport.Of(Evaluate(rows[..^1], Names(4)), "m", "d")));
        rows.Reverse();
        Assert.Contains("same data", Assert.Throws<ArgumentException>(() => after.CompareWith(DlaReport.Of(Evaluate(rows, Names(4)), "m", "d"))).Message,
            StringComparison.Ordinal);
    }
}
