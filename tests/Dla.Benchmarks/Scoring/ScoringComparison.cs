using System.Diagnostics;
using System.Globalization;
using Dla.Export;
using Dla.MLNet;
using Dla.Models;

namespace Dla.Benchmarks;

/// <summary>
/// <c>scoring [--quick] [MODEL.onnx …]</c>: the stock ML.NET pipeline, this library and the ceiling on the same file and photos in one run, taking turns; then
/// latency, memory and start.
/// <c>--quick</c> leaves memory out. Without arguments dla34 and dla46_c are exported with random weights. All results are ratios within the run.
/// </summary>
internal static class ScoringComparison
{
    private const int Rounds = 5;

    public static int Run(string[] models)
    {
        var quick = models.Contains("--quick");
        models = [.. models.Where(m => m != "--quick")];
        using var photos = new BenchmarkPhotos();
        var made = Directory.CreateTempSubdirectory("dla-benchmark-models-").FullName;
        try
        {
            foreach (var model in models.Length > 0 ? models : [Export(DlaVariant.Dla34, made), Export(DlaVariant.Dla46C, made)])
            {
                Console.WriteLine($"{Path.GetFileName(model)}, {Environment.ProcessorCount} processors, {photos.Files.Count} photos of 500 × 375");
                Throughput(model, photos);
                Latency(model, photos);
                if (!quick) Memory(model, photos);
                Start(model, photos, process: "process that classifies one photo", () => Child("first", model, photos, 1));
            }
            var cli = BuiltProgram.Find("Dla.Cli", "dla.dll");
            var own = Directory.GetFiles(Path.Combine(Path.GetDirectoryName(cli)!, "Models"), "*.onnx").Single();
            Console.WriteLine($"{Path.GetFileName(own)}, the command's model");
            Start(own, photos, process: "dla classify PHOTO", () => RunToEnd("dotnet", [cli, "classify", photos.Files[0]]).Milliseconds);
        }
        finally
        {
            Directory.Delete(made, recursive: true);
        }
        return 0;
    }

    private static void Throughput(string model, BenchmarkPhotos photos)
    {
        using var contenders = new ScoringContenders(model, photos.Files);
        var count = contenders.CountFor(seconds: 3);
        var rates = (Stock: new List<double>(), Ours: new List<double>(), Ceiling: new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            rates.Stock.Add(Rate(count / 2, contenders.Stock));
            rates.Ours.Add(Rate(count, contenders.Ours));
            rates.Ceiling.Add(Rate(count, contenders.Ceiling));
        }
        Print("stock pipeline", rates.Stock, "images/s");
        Print("ClassifyImages", rates.Ours, "images/s");
        Print("ceiling", rates.Ceiling, "images/s");
        Print("ClassifyImages / stock", rates.Ours.Zip(rates.Stock, (a, b) => a / b), "×");
        Print("ClassifyImages / ceiling", rates.Ours.Zip(rates.Ceiling, (a, b) => a / b), "×");
    }

    private static void Latency(string model, BenchmarkPhotos photos)
    {
        using var contenders = new ScoringContenders(model, photos.Files);
        var (plain, byHand, ours, prepare) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        contenders.Prepare(100);
        contenders.Single(100);   // the first calls are compiled meanwhile
        for (var round = 0; round < Rounds; round++)
        {
            plain.Add(Milliseconds(contenders.DefaultSession));
            byHand.Add(Milliseconds(contenders.ByHand));
            ours.Add(Milliseconds(contenders.Single));
            prepare.Add(Milliseconds(contenders.Prepare));
        }
        Print("default session on pixels", plain, "ms");
        Print("the same picture prepared by hand, default session", byHand, "ms");
        Print("single prediction from a decoded picture", ours, "ms");
        Print("of it resizing and normalising", prepare, "ms");
        Print("latency / default session", ours.Zip(plain, (a, b) => a / b), "×");
        Print("latency / prepared by hand, default session", ours.Zip(byHand, (a, b) => a / b), "×");
        Print("latency without preparing / default session", ours.Zip(prepare, (a, b) => a - b).Zip(plain, (a, b) => a / b), "×");
    }

    private static void Memory(string model, BenchmarkPhotos photos)
    {
        var (few, many) = (Child("memory", model, photos, 1_000), Child("memory", model, photos, 20_000));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  peak memory: 1,000 rows {few:f0} MB, 20,000 rows {many:f0} MB ({many / few:f3} ×)"));
    }

    private static void Start(string model, BenchmarkPhotos photos, string process, Func<double> run)
    {
        var (session, first) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            session.Add(Child("session", model, photos, 1));
            first.Add(run());
        }
        Print("process that creates a session and runs once", session, "ms");
        Print(process, first, "ms");
        Print("first prediction / session", first.Zip(session, (a, b) => a / b), "×");
    }

    private static double Child(string what, string model, BenchmarkPhotos photos, int count)
    {
        string[] arguments = ["scoring-child", what, model, photos.Folder, count.ToString(CultureInfo.InvariantCulture)];
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") arguments = [typeof(ScoringComparison).Assembly.Location, .. arguments];
        var (milliseconds, output) = RunToEnd(Environment.ProcessPath!, arguments);
        return what == "memory" ? double.Parse(output, CultureInfo.InvariantCulture) : milliseconds;
    }

    /// <summary>Runs a process: the time from its start to its end, and what it printed.</summary>
    private static (double Milliseconds, string Output) RunToEnd(string program, string[] arguments)
    {
        var start = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"The measuring process failed: {output}");
        return (Stopwatch.GetElapsedTime(start).TotalMilliseconds, output);
    }

    /// <summary>The time of one call, once what the others left in the caches is gone.</summary>
    private static double Milliseconds(Action<int> run)
    {
        run(20);
        return 1000 / Rate(60, run);
    }

    private static double Rate(int count, Action<int> run)
    {
        var start = Stopwatch.GetTimestamp();
        run(count);
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Print(string name, IEnumerable<double> values, string unit)
    {
        var sorted = values.Order().ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-46} {sorted[sorted.Count / 2],8:g4} " +
            $"{unit} ({sorted[0]:g4} to {sorted[^1]:g4})"));
    }

    private static string Export(DlaVariant variant, string folder)
    {
        using var network = new DlaNetwork(variant);
        return DlaExporter.Export(network, new DlaModelCard { Variant = variant.Name }, Path.Combine(folder, variant.Name + ".onnx")).Path;
    }
}
