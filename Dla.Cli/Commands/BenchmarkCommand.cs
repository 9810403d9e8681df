using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dla.Cli.Benchmarking;
using Dla.Cli.Output;
using Dla.MLNet;
using Spectre.Console;

namespace Dla.Cli.Commands;

/// <summary><c>dla benchmark</c>: throughput and latency of one model on this machine, or of several side by side.</summary>
internal static class BenchmarkCommand
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    public static Command Create()
    {
        var named = new Argument<FileInfo[]>("MODEL") { Description = "ONNX files; the others are compared with the first. " +
            "Default: the model that comes with the command.", Arity = ArgumentArity.ZeroOrMore };
        var model = new Option<FileInfo[]>("--model", "-m") { Description = "An ONNX file; the same as giving it without the option.",
            AllowMultipleArgumentsPerToken = true };
        var images = new Option<DirectoryInfo?>("--images") { Description = "Folder of images, of which at most 256 are used. " +
            "Default: pictures of 500 × 375 pixels made for the purpose.",
            HelpName = "folder" };
        var seconds = new Option<double>("--seconds") { Description = "Seconds for each number.", DefaultValueFactory = _ => 3 };
        var device = new Option<string>("--device") { Description = "cpu, or cuda:0 in a build for CUDA.", DefaultValueFactory = _ => "cpu" };
        var preprocessing = new PreprocessingOptions(PreprocessingOptions.Model);
        var follow = DataArgument.FollowLinks();
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("benchmark", "Measure throughput and latency of a model on this machine, " +
            "or compare several.") { named, model, images, follow, seconds, device, json };
        preprocessing.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            FileInfo[] files = [.. parsed.GetValue(named) ?? [], .. parsed.GetValue(model) ?? []];
            if (files.Length == 0) files = [new FileInfo(DefaultModel.Path)];
            foreach (var file in files) EarlyChecks.RequireModel(file.FullName);
            var models = files.Select(f => new DlaClassifierOptions { ModelPath = f.FullName, Preprocessing = preprocessing.ForModel(parsed, f.FullName) })
                .ToList();
            if (!(parsed.GetValue(seconds) is > 0 and <= 3600)) throw new ArgumentException("--seconds must be above 0 and at most 3600.");
            var pictures = parsed.GetValue(images) is { } folder ? BenchmarkImages.Load(folder, limit: 256,
                new DlaFolderOptions { FollowLinks = parsed.GetValue(follow), OnNote = Notes.Write, CancellationToken = cancel }) : BenchmarkImages.Make(16);
            var benchmark = new ModelBenchmark(pictures, parsed.GetValue(seconds), parsed.GetValue(device)!, cancel);
            var measured = benchmark.Run(models, Parallelisms(), Terminal.Remark);
            if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(measured, Json));
            else Print(measured, pictures.Count);
            return Task.FromResult(DlaCommandLine.Done);
        });
        return command;
    }

    /// <summary>1, 2, 4, … up to the processors, and one step beyond.</summary>
    private static List<int> Parallelisms()
    {
        var steps = new SortedSet<int> { Environment.ProcessorCount };
        for (var n = 1; n <= 2 * Environment.ProcessorCount; n *= 2) steps.Add(n);
        return [.. steps];
    }

    /// <summary>A row for each number and a column for each model, which fits many processors and narrow terminals.</summary>
    private static void Print(List<ModelMeasurement> measured, int images)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("");
        foreach (var m in measured) table.AddColumn(new TableColumn(Markup.Escape(Terminal.Printable(Path.GetFileName(m.Model)))).RightAligned());
        Row("MB", m => Number(m.Megabytes, "f1"));
        foreach (var step in measured[0].Throughput.Keys) Row($"images/s, {step} at a time", m => Number(m.Throughput[step], "f1"));
        Row("p50, ms", m => Number(m.LatencyP50, "f1"));
        Row("p95, ms", m => Number(m.LatencyP95, "f1"));
        Row("p99, ms", m => Number(m.LatencyP99, "f1"));
        if (measured.Count > 1)
        {
            Row("speed", m => Number(m.BestThroughput / measured[0].BestThroughput, "f2") + " ×");
            Row("same best class", m => m.Agreement is { } a ? Number(100 * a, "f1") + " %" : "other classes");
            Row("mean difference", m => m.ScoreDifference is { } d ? Number(d, "f4") : "–");
        }
        Terminal.Results.Write(table);
        Terminal.Remarks.WriteLine($"{images} images, {Environment.ProcessorCount} processors. Throughput: " +
            "data sets, each image on one processor. p50, p95, p99: single predictions on all processors, decoding included.");
        if (measured.Count > 1) Terminal.Remarks.WriteLine("Compared with the first model: " +
            "its speed, images with the same best class, mean difference of that class's probability.");

        void Row(string name, Func<ModelMeasurement, string> value) => table.AddRow([name, .. measured.Select(value)]);
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
