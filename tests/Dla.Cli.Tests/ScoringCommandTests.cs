using System.Text.Json;
using Dla.MLNet;
using Dla.Models;

namespace Dla.Cli.Tests;

public sealed class ScoringCommandTests(SmallModel small) : IClassFixture<SmallModel>
{
    private string Temporary(string name, string text)
    {
        var path = Path.Combine(small.Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private string AnImage => Path.Combine(small.Images, "bear", "0.png");

    [Fact]
    public async Task Classify_prints_the_best_classes_of_each_image_in_order()
    {
        var run = await DlaProcess.RunAsync("classify", small.Images, "-m", small.Model, "--top", "3");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        var lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal(4 * SmallModel.Count, lines.Length);
        Assert.Equal(Directory.EnumerateFiles(small.Images, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal), lines.Where((_, i) => i % 4 == 0));
        Assert.All(lines.Chunk(4), image => Assert.All(image[1..], line => Assert.Contains(line.Split('%')[1].Trim(), SmallModel.Classes)));
    }

    [Fact]
    public async Task Classify_writes_csv_and_json_lines_and_reads_paths_from_standard_input()
    {
        var csv = await DlaProcess.RunAsync(["classify", "-", "-m", small.Model, "--format", "csv", "--top", "7"], $"{AnImage}\n\n{AnImage}\n");
        var rows = csv.Output.TrimEnd().Split('\n');
        Assert.Equal("image,rank,class,index,probability", rows[0]);
        Assert.Equal(15, rows.Length);
        Assert.Contains(rows, r => r.Contains("\"\"\"quoted, name\"\"\"", StringComparison.Ordinal));

        var lines = await DlaProcess.RunAsync("classify", AnImage, "-m", small.Model, "--format", "jsonl", "--top", "7");
        using var json = JsonDocument.Parse(lines.Output);
        var top = json.RootElement.GetProperty("top").EnumerateArray().ToList();
        Assert.Equal(AnImage, json.RootElement.GetProperty("image").GetString());
        Assert.Equal(7, top.Count);
        Assert.Equal(1, top.Sum(c => c.GetProperty("probability").GetDouble()), 1e-5);
        Assert.All(top, c => Assert.Equal(SmallModel.Classes[c.GetProperty("index").GetInt32()], c.GetProperty("class").GetString()));
    }

    [Theory]
    [InlineData("evaluate"), InlineData("benchmark")]
    public async Task A_GPU_that_is_not_there_is_an_error_before_the_first_image(string verb)
    {
        string[] data = verb == "evaluate" ? [Temporary("absent.txt", "absent.png bear\n")] : ["--images", small.Images];
        var run = await DlaProcess.RunAsync([verb, .. data, "-m", small.Model, "--device", "cuda:0"]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains("Device cuda:0 needs ONNX Runtime for GPUs", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_image_is_one_line_and_status_1_and_the_others_are_classified()
    {
        var text = Temporary("text.jpg", "not an image");
        var run = await DlaProcess.RunAsync("classify", AnImage, text, Path.Combine(small.Folder, "absent.jpg"), AnImage, "-m", small.Model, "--top", "1");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(4, run.Output.TrimEnd().Split('\n').Length);
        var errors = run.Errors.TrimEnd().Split('\n');
        Assert.Equal(3, errors.Length);
        Assert.Contains(text, errors[0], StringComparison.Ordinal);
        Assert.Contains("absent.jpg", errors[1], StringComparison.Ordinal);
        Assert.Equal("dla: 2 images could not be classified. (--verbose tells more.)", errors[2]);
        var verbose = await DlaProcess.RunAsync("classify", text, AnImage, "-m", small.Model, "--verbose");
        Assert.Equal(1, verbose.ExitCode);
        Assert.Contains("   at ", verbose.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_images_and_an_unknown_model_are_one_clear_line_each()
    {
        var empty = Directory.CreateDirectory(Path.Combine(small.Folder, "empty")).FullName;
        string[][] wrong = [["classify", empty, "-m", small.Model], ["classify", AnImage, "-m", "absent.onnx"], ["classify", AnImage, "-m", AnImage],
            ["evaluate", empty, "-m", small.Model], ["evaluate", "nothing", "-m", small.Model]];
        foreach (var arguments in wrong)
        {
            var run = await DlaProcess.RunAsync(arguments);
            Assert.InRange(run.ExitCode, 1, 2);
            Assert.Equal("", run.Output);
            Assert.Single(run.Errors.TrimEnd().Split('\n'));
        }
    }

    [Fact]
    public async Task Evaluate_agrees_with_a_recount_of_what_classify_says_and_counts_bad_images_as_wrong()
    {
        var lines = await DlaProcess.RunAsync("classify", small.Images, "-m", small.Model, "--format", "jsonl");
        int top1 = 0, top5 = 0;
        foreach (var line in lines.Output.TrimEnd().Split('\n'))
        {
            using var json = JsonDocument.Parse(line);
            var right = Path.GetFileName(Path.GetDirectoryName(json.RootElement.GetProperty("image").GetString()));
            var rank = json.RootElement.GetProperty("top").EnumerateArray().ToList().FindIndex(c => c.GetProperty("class").GetString() == right);
            if (rank == 0) top1++;
            if (rank >= 0) top5++;
        }
        Assert.InRange(top5, 1, SmallModel.Count - 1);   // else the comparison below would say little

        var list = Temporary("list.txt", string.Join('\n', Directory.EnumerateFiles(small.Images, "*", SearchOption.AllDirectories)
            .Select(f => $"{Path.GetRelativePath(small.Folder, f)} " +
                $"{Array.IndexOf(SmallModel.Classes, Path.GetFileName(Path.GetDirectoryName(f)))}").Append("absent.png 0").Append("list.txt 1")));
        var run = await DlaProcess.RunAsync("evaluate", list, "-m", small.Model, "--json");
        Assert.Equal(0, run.ExitCode);
        using var result = JsonDocument.Parse(run.Output);
        var images = SmallModel.Count + 2;
        Assert.Equal(images, result.RootElement.GetProperty("images").GetInt32());
        Assert.Equal(2, result.RootElement.GetProperty("badImages").GetInt32());
        Assert.Equal((double)top1 / images, result.RootElement.GetProperty("top1").GetDouble(), 1e-9);
        Assert.Equal((double)top5 / images, result.RootElement.GetProperty("top5").GetDouble(), 1e-9);
        Assert.Contains("absent.png", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_without_a_readable_image_gives_zero_and_fails()
    {
        var list = Temporary("bad.txt", "absent.png 0\n");
        var run = await DlaProcess.RunAsync("evaluate", list, "-m", small.Model, "--json");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("no image could be measured", run.Errors, StringComparison.Ordinal);
        using var result = JsonDocument.Parse(run.Output);
        Assert.Equal(0, result.RootElement.GetProperty("top5").GetDouble());
        Assert.Equal(1, result.RootElement.GetProperty("badImages").GetInt32());
    }

    [Fact]
    public async Task Evaluate_takes_weights_and_the_class_names_of_the_data()
    {
        var weights = Path.Combine(small.Folder, "compact.safetensors");
        using (var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = SmallModel.Classes.Length, Seed = 11 }))
            Safetensors.Save(weights, network);
        var direct = await DlaProcess.RunAsync("evaluate", small.Images, "--weights", weights, "--size", "32", "--resize", "32", "--json");
        Assert.Equal(0, direct.ExitCode);

        var names = Temporary("names.txt", string.Join('\n', SmallModel.Classes.Order(StringComparer.Ordinal)));
        var model = Path.Combine(small.Folder, "compact.onnx");
        await DlaProcess.RunAsync("export", "--weights", weights, "--class-names", names, "--size", "32", "-o", model);
        using var classifier = DlaClassifier.Open(model, new DlaClassifierOptions { ModelPath = model,
            Preprocessing = new ImagePreprocessing { ResizeShortSide = 32, CropSize = 32 } });
        var files = Directory.EnumerateFiles(small.Images, "*", SearchOption.AllDirectories).ToList();
        var right = files.Count(f => classifier.Predict(f).Label == Path.GetFileName(Path.GetDirectoryName(f)));
        using var json = JsonDocument.Parse(direct.Output);
        Assert.Equal((double)right / files.Count, json.RootElement.GetProperty("top1").GetDouble(), 1e-9);
    }

    [Fact]
    public async Task Weights_and_a_model_at_once_are_wrong_usage()
    {
        var run = await DlaProcess.RunAsync("evaluate", small.Images, "--weights", "dla34", "--offline", "-m", small.Model);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("give one of them", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_without_a_card_is_scored_as_the_command_line_says()
    {
        var bytes = File.ReadAllBytes(small.Model);
        bytes.AsSpan(bytes.AsSpan().IndexOf("dla.card"u8), 3).Fill((byte)'x');
        var foreign = Path.Combine(small.Folder, "foreign.onnx");
        await File.WriteAllBytesAsync(foreign, bytes);
        Task<DlaProcess> Classify(params string[] arguments) => DlaProcess.RunAsync(["classify", AnImage, "--format", "csv", "-m", .. arguments]);
        string[] Probabilities(DlaProcess run) => [.. run.Output.TrimEnd().Split('\n')[1..].Select(l => l[(l.LastIndexOf(',') + 1)..])];

        var (own, told) = (await Classify(small.Model), await Classify(foreign, "--size", "32", "--resize", "32"));
        Assert.Equal((0, 0), (own.ExitCode, told.ExitCode));
        Assert.Equal(Probabilities(own), Probabilities(told));
        Assert.NotEqual(Probabilities(own), Probabilities(await Classify(foreign, "--size", "32", "--mean", "0.5,0.5,0.5", "--std", "0.5,0.5,0.5",
            "--interpolation", "Bicubic", "--orientation", "AsStored")));
        Assert.NotEqual(Probabilities(own), Probabilities(await Classify(small.Model, "--mean", "0,0,0")));   // goes before the card
        foreach (var (culprit, run) in ((string, DlaProcess)[])
            [
                ("--size, --resize, --mean", await Classify(foreign)), ("224×224", await Classify(foreign, "--mean", "0,0,0")),
                ("--std is '1,x'", await Classify(foreign, "--std", "1,x")), ("has 2 and", await Classify(foreign, "--mean", "0,0")),
            ])
        {
            Assert.Equal((2, ""), (run.ExitCode, run.Output));
            Assert.Contains(culprit, run.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Benchmark_measures_a_model_and_compares_several()
    {
        var one = await DlaProcess.RunAsync("benchmark", "--model", small.Model, "--seconds", "0.05", "--images", Path.Combine(small.Images, "bear"), "--json");
        Assert.Equal(0, one.ExitCode);
        using var json = JsonDocument.Parse(one.Output);
        var measured = Assert.Single(json.RootElement.EnumerateArray());
        double Of(string name) => measured.GetProperty(name).GetDouble();
        Assert.True(0 < Of("latencyP50") && Of("latencyP50") <= Of("latencyP95") && Of("latencyP95") <= Of("latencyP99"));
        Assert.Contains($"{Environment.ProcessorCount}", measured.GetProperty("throughput").EnumerateObject().Select(p => p.Name));
        Assert.All(measured.GetProperty("throughput").EnumerateObject(), p => Assert.True(p.Value.GetDouble() > 0));

        var two = await DlaProcess.RunAsync("benchmark", small.Model, small.ModelWithFeatures, "--seconds", "0.05");
        Assert.Equal(0, two.ExitCode);
        Assert.Contains("features.onnx", two.Output, StringComparison.Ordinal);
        Assert.Contains("same best class", two.Output, StringComparison.Ordinal);
        var narrow = await DlaProcess.RunAsync(["benchmark", small.Model, small.ModelWithFeatures, "--seconds", "0.05"], null,
            new Dictionary<string, string?> { ["COLUMNS"] = "60" });
        Assert.Matches(@"(?m)^ *p50, ms +[0-9]+\.[0-9] +[0-9]+\.[0-9]$", narrow.Output);   // numbers are whole
        Assert.DoesNotContain(narrow.Output.Split('\n'), l => l.Length > 60);
        foreach (var (status, arguments) in ((int, string[])[])[(2, ["--seconds", "0"]), (1, ["absent.onnx"])])
        {
            var run = await DlaProcess.RunAsync(["benchmark", small.Model, .. arguments]);
            Assert.Equal((status, ""), (run.ExitCode, run.Output));
        }
    }

    [Fact]
    public async Task Classes_without_names_are_said_to_be_taken_for_the_data_s()
    {
        var model = Path.Combine(small.Folder, "nameless.onnx");
        Assert.Equal(0, (await DlaProcess.RunAsync("export", "--variant", "dla46_c", "--classes", "7", "--size", "32", "-o", model)).ExitCode);
        var run = await DlaProcess.RunAsync("evaluate", small.Images, "-m", model);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("The model's classes have no names: class 0 is taken for '\"quoted, name\"'", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Offline_does_not_download_CIFAR_100_either()
    {
        var nowhere = new Dictionary<string, string?> { ["DLA_DATA"] = null, ["DLA_CACHE"] = Path.Combine(small.Folder, "cache"),
            ["HTTPS_PROXY"] = "http://127.0.0.1:9" };
        foreach (var verb in (string[][])[["evaluate"], ["finetune", "--variant", "dla46_c"]])
        {
            var run = await DlaProcess.RunAsync([verb[0], "cifar100", "--offline", .. verb[1..]], environment: nowhere);
            Assert.NotEqual(0, run.ExitCode);
            Assert.Contains("CIFAR-100 is not on this machine. ", run.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("downloaded", run.Errors, StringComparison.Ordinal);
        }
    }

    /// <summary>In a copy of the command whose TorchSharp cannot be loaded.</summary>
    [Fact]
    public async Task Classifying_loads_no_TorchSharp()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "symbolic links need a privilege on Windows");
        var copy = Directory.CreateDirectory(Path.Combine(small.Folder, "command")).FullName;
        foreach (var entry in new DirectoryInfo(AppContext.BaseDirectory).EnumerateFileSystemInfos())
        {
            var link = Path.Combine(copy, entry.Name);
            if (entry.Name == "TorchSharp.dll") await File.WriteAllTextAsync(link, "no assembly");
            else if (entry is DirectoryInfo) Directory.CreateSymbolicLink(link, entry.FullName);
            else if (entry.Name.EndsWith(".json", StringComparison.Ordinal) || entry.Name == "dla.dll") File.Copy(entry.FullName, link);
            else File.CreateSymbolicLink(link, entry.FullName);
        }
        string[] classify = ["classify", AnImage, "-m", small.Model];
        var run = await DlaProcess.RunAsync(classify, input: null, command: Path.Combine(copy, "dla.dll"));
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        var models = await DlaProcess.RunAsync(["export", "--variant", "dla46_c", "-o", Path.Combine(copy, "m.onnx")], input: null,
            command: Path.Combine(copy, "dla.dll"));
        Assert.NotEqual(0, models.ExitCode);   // what needs it fails, so that the copy is what it should be
    }
}
