using System.Text.Json;
using System.Text.Json.Nodes;
using Dla.MLNet;

namespace Dla.Cli.Tests;

public sealed class EvaluationReportTests(SmallModel small) : IClassFixture<SmallModel>
{
    private string File(string name) => Path.Combine(small.Folder, name);

    [Fact]
    public async Task A_report_JSON_and_CSV_tell_the_same_numbers_and_a_baseline_what_changed()
    {
        var first = await DlaProcess.RunAsync("evaluate", small.Images, "-m", small.Model, "--json", File("old.json"), "--csv", File("old.csv"));
        Assert.Equal((0, 0), (first.ExitCode, first.Output.IndexOf("model", StringComparison.Ordinal)));
        var old = DlaReport.Load(File("old.json"));
        Assert.Equal(SmallModel.Count, old.Images);
        Assert.Equal(SmallModel.Classes.Order(StringComparer.Ordinal), old.Classes.Select(c => c.Name).Order(StringComparer.Ordinal));
        Assert.All(old.WorstMistakes, m => Assert.True(Path.Exists(m.Image)));
        Assert.Contains(FormattableString.Invariant($"total,,top5,{old.Top5}"), await System.IO.File.ReadAllLinesAsync(File("old.csv")));

        var second = await DlaProcess.RunAsync("evaluate", small.Images, "-m", small.ModelWithFeatures, "--report", File("r.html"), "--baseline",
            File("old.json"), "--json");
        Assert.Equal(0, second.ExitCode);
        using var printed = JsonDocument.Parse(second.Output);
        Assert.Equal(old.Top1, printed.RootElement.GetProperty("changes").GetProperty("top-1").GetProperty("before").GetDouble());
        var page = await System.IO.File.ReadAllTextAsync(File("r.html"));
        foreach (var part in (string[])["What changed", "Calibration", "Confusion matrix", "Worst mistakes", "Model card", "&quot;quoted, name&quot;",
            "data:image/jpeg;base64,"]) Assert.Contains(part, page, StringComparison.Ordinal);
        Assert.Contains("<figcaption>for ", page, StringComparison.Ordinal);   // an activation map
    }

    [Fact]
    public async Task A_baseline_of_other_labels_costs_the_comparison_and_not_the_numbers()
    {
        await DlaProcess.RunAsync("evaluate", small.Images, "-m", small.Model, "--json", File("before.json"));
        var before = JsonNode.Parse(await System.IO.File.ReadAllTextAsync(File("before.json")))!;
        before["labels"] = "of other data";
        await System.IO.File.WriteAllTextAsync(File("before.json"), before.ToJsonString());
        var run = await DlaProcess.RunAsync("evaluate", small.Images, "-m", small.Model, "--baseline", File("before.json"), "--json", File("after.json"),
            "--report", File("after.html"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("top-1", run.Output, StringComparison.Ordinal);
        Assert.Contains("labels or order differ", run.Errors, StringComparison.Ordinal);
        Assert.Equal(SmallModel.Count, DlaReport.Load(File("after.json")).Images);
        Assert.DoesNotContain("What changed", await System.IO.File.ReadAllTextAsync(File("after.html")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_compared_or_written_is_told_before_scoring()
    {
        var other = new DlaReport { Model = "m", Data = "d", Images = SmallModel.Count, Classes = [new DlaClassMetrics("yak", 1, 1, 1, 1, 1)] };
        other.WriteJson(File("other.json"));
        (other with { Images = 3 }).WriteJson(File("fewer.json"));
        (other with { Classes = [] }).WriteJson(File("printed.json"));   // as --json without a file prints
        Directory.CreateDirectory(File("folder"));
        System.IO.File.WriteAllText(File("text.json"), "not json");
        foreach (var (culprit, status, arguments) in ((string, int, string[])[])
            [
                ("'yak'", 2, ["--baseline", File("other.json")]), ("on 3 images", 2, ["--baseline", File("fewer.json")]),
                ("is not a report", 1, ["--baseline", File("text.json")]),
                ("absent.json", 1, ["--baseline", File("absent.json")]), ("no folder", 1, ["--report", File("no/r.html")]),
                ("only the main numbers", 2, ["--baseline", File("printed.json")]), ("is a folder", 2, ["--csv", File("folder")]),
                ("both name", 2, ["--csv", File("same.out"), "--json", File("same.out")]), ("'-' is none", 2, ["--report", "-"]),
                ("64×64", 2, ["--size", "64"]),
            ])
        {
            var run = await DlaProcess.RunAsync(["evaluate", small.Images, "-m", small.Model, .. arguments]);
            Assert.Equal((status, ""), (run.ExitCode, run.Output));
            Assert.Contains(culprit, Assert.Single(run.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_whole_json_can_be_printed()
    {
        var run = await DlaProcess.RunAsync("evaluate", small.Images, "-m", small.Model, "--json", "-");
        Assert.Equal(0, run.ExitCode);
        await System.IO.File.WriteAllTextAsync(File("piped.json"), run.Output, TestContext.Current.CancellationToken);
        var report = DlaReport.Load(File("piped.json"));
        Assert.Equal((SmallModel.Count, SmallModel.Classes.Length), (report.Images, report.Classes.Count));
        var again = await DlaProcess.RunAsync("evaluate", small.Images, "-m", small.Model, "--json", "-", "--baseline", File("piped.json"));
        using var json = JsonDocument.Parse(again.Output);
        var top1 = json.RootElement.GetProperty("changes").GetProperty("top-1");
        Assert.Equal((report.Top1, report.Top1), (top1.GetProperty("before").GetDouble(), top1.GetProperty("after").GetDouble()));
    }

    [Fact]
    public void Pictures_of_long_and_equal_names_keep_names_of_their_own()
    {
        var folder = new ExplanationFolder(File("long"));
        var prediction = new DlaPrediction("", 0, []);
        var longest = new string('熊', 200);
        folder.Write($"{longest}.jpg", new ExplainedPrediction(prediction, [(longest, [1])]));
        folder.Write("a.jpg", new ExplainedPrediction(prediction, [("b.c", [2]), ("\ud83d\ude00\u001b", [4])]));
        folder.Write("a.b.jpg", new ExplainedPrediction(prediction, [("c", [3])]));
        var files = Directory.GetFiles(File("long"));
        Assert.Equal("\u0001\u0002\u0003\u0004"u8.ToArray(), files.Select(f => System.IO.File.ReadAllBytes(f).Single()).Order());
        Assert.Contains("a.\ud83d\ude00_.png", files.Select(Path.GetFileName));
    }

    [Fact]
    public async Task Classify_draws_its_reasons_for_each_photo_and_class()
    {
        var folder = File("maps");
        var (bear, deer) = (Path.Combine(small.Images, "bear", "0.png"), Path.Combine(small.Images, "deer", "0.png"));
        var run = await DlaProcess.RunAsync("classify", bear, deer, "-m", small.ModelWithFeatures, "--top", "2", "--explain", folder, "--format", "jsonl");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        var expected = run.Output.TrimEnd().Split('\n').SelectMany((line, photo) =>
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("top").EnumerateArray()
                .Select(c => $"0{(photo == 0 ? "" : "-2")}.{c.GetProperty("class").GetString()!.Replace('"', '_')}.png").ToList();
        });
        Assert.Equal(expected.Order(StringComparer.Ordinal), Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Directory.EnumerateFiles(folder), f => Assert.Equal("PNG"u8.ToArray(), System.IO.File.ReadAllBytes(f)[1..4]));

        var without = await DlaProcess.RunAsync("classify", small.Images, "-m", small.Model, "--explain", folder);
        Assert.Equal((1, ""), (without.ExitCode, without.Output));
        Assert.Contains("--outputs logits,features", Assert.Single(without.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
