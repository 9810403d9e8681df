using System.Globalization;
using System.Text.RegularExpressions;
using Dla.MLNet;
using Dla.Models;
using Dla.Tests;

namespace Dla.Cli.Tests;

public sealed class FinetuneCommandTests : IDisposable
{
    private readonly SmallModel _small = new();

    public void Dispose() => _small.Dispose();

    private string File(string name) => Path.Combine(_small.Folder, name);

    private string[] Arguments(string output, params string[] more) =>
        ["finetune", _small.Images, "--variant", "dla46_c", "--size", "32", "--batch", "8", "--epochs", "3", "--threads", "1", "--clip", "1",
            "--output", File(output), .. more];

    /// <summary>A run with one option otherwise.</summary>
    private string[] With(string option, string value, string output = "x.onnx")
    {
        var arguments = Arguments(output);
        arguments[Array.IndexOf(arguments, option) + 1] = value;
        return arguments;
    }

    /// <summary>Images of <see cref="SmallModel"/> that are whole: training refuses the others.</summary>
    private void RemoveBroken()
    {
        foreach (var path in Directory.EnumerateFiles(_small.Images, "*", SearchOption.AllDirectories))
            try
            {
                RgbImage.Decode(System.IO.File.ReadAllBytes(path));
            }
            catch (ImageDecodeException)
            {
                System.IO.File.Delete(path);
            }
    }

    [Fact]
    public async Task Training_a_folder_of_classes_leaves_a_model_that_classifies_a_log_and_curves()
    {
        RemoveBroken();
        var run = await DlaProcess.RunAsync(Arguments("trained.onnx", "--validation-fraction", "0.2"));
        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains("top-1", run.Output, StringComparison.Ordinal);
        Assert.Contains("epoch 3:", run.Errors, StringComparison.Ordinal);
        var card = DlaModelCard.Load(File("trained.onnx"))!;
        Assert.Equal(SmallModel.Classes.Order(StringComparer.Ordinal), card.ClassNames);
        Assert.Equal((3, 32), (card.Training!.Epochs, card.Preprocessing.CropSize));
        Assert.Contains("waiting for images", run.Output, StringComparison.Ordinal);
        foreach (var name in (string[])["checkpoint.safetensors", "best.safetensors", "log.jsonl", "log.csv", "curves.svg"])
            Assert.True(System.IO.File.Exists(File("trained.training/" + name)), name);
        var again = await DlaProcess.RunAsync(Arguments("trained.onnx", "--validation-fraction", "0.2"));
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("Resume it, or train in another folder", again.Errors, StringComparison.Ordinal);
    }

    /// <summary>The command of docs/finetuning.md that repeats the published example, with a small network and small images standing in.</summary>
    [Fact]
    public async Task Pretrained_weights_are_fine_tuned_to_other_classes()
    {
        RemoveBroken();
        using (var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 1000 }))
            Safetensors.Save(File("pretrained.safetensors"), network);
        var run = await DlaProcess.RunAsync("finetune", _small.Images, "--weights", File("pretrained.safetensors"), "--epochs", "1", "--optimizer", "Adam",
            "--learning-rate", "0.001",
            "--schedule", "Constant", "--warmup", "0", "--batch", "8", "--resize", "40", "--size", "32", "--crop", "Centre", "--flip", "0", "--label-smoothing",
            "0",
            "--freeze", "Level3", "--layer-decay", "0.8", "--output", File("tuned.onnx"));
        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains("head of 1000 classes", run.Errors, StringComparison.Ordinal);
        var card = DlaModelCard.Load(File("tuned.onnx"))!;
        Assert.Contains("pretrained.safetensors", card.Weights, StringComparison.Ordinal);
        Assert.StartsWith("Adam, Constant to 0.001, batch 8, weight decay 0 ", card.Training!.Recipe, StringComparison.Ordinal);
        Assert.Equal((40, 32, 0.485f), (card.Preprocessing.ResizeShortSide, card.Preprocessing.CropSize, card.Preprocessing.Mean[0]));
    }

    /// <summary>Neither a side of 32 pixels nor one of 48 before the crop is a default.</summary>
    [Fact]
    public async Task The_best_weights_evaluate_export_and_verify_as_the_model_does()
    {
        RemoveBroken();
        var trained = await DlaProcess.RunAsync(Arguments("trained.onnx", "--resize", "48"));
        Assert.True(trained.ExitCode == 0, trained.Errors);
        var weights = File("trained.training/best.safetensors");
        var byModel = await DlaProcess.RunAsync("evaluate", _small.Images, "--model", File("trained.onnx"), "--json");
        var byWeights = await DlaProcess.RunAsync("evaluate", _small.Images, "--weights", weights, "--json");
        Assert.True(byWeights.ExitCode == 0, byWeights.Errors);
        foreach (var value in (string[])["top1", "top5", "logLoss", "images"]) Assert.Equal(Json(byModel, value), Json(byWeights, value), 1e-5);
        var exported = await DlaProcess.RunAsync("export", "--weights", weights, "-o", File("again.onnx"));
        Assert.True(exported.ExitCode == 0, exported.Errors);
        var (first, second) = (DlaModelCard.Load(File("trained.onnx"))!, DlaModelCard.Load(File("again.onnx"))!);
        Assert.Equal((48, 32), (second.Preprocessing.ResizeShortSide, second.Preprocessing.CropSize));
        Assert.Equal(first.Preprocessing, second.Preprocessing);
        Assert.Equal(first.ClassNames, second.ClassNames);
        Assert.Equal(first.Training!.Recipe, second.Training!.Recipe);
        var verified = await DlaProcess.RunAsync("verify", File("trained.onnx"), "--weights", weights);
        Assert.True(verified.ExitCode == 0, verified.Errors);
        var larger = await DlaProcess.RunAsync("export", "--weights", weights, "--size", "64", "-o", File("larger.onnx"));
        Assert.True(larger.ExitCode == 0, larger.Errors);
        Assert.Equal(96, DlaModelCard.Load(File("larger.onnx"))!.Preprocessing.ResizeShortSide);
    }

    /// <summary>The epochs that a run says it has ended.</summary>
    private static IEnumerable<int> Epochs(DlaProcess run) =>
        Regex.Matches(run.Errors, @"^epoch (\d+): ", RegexOptions.Multiline).Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture));

    private static double Json(DlaProcess run, string name) => System.Text.Json.JsonDocument.Parse(run.Output).RootElement.GetProperty(name).GetDouble();

    /// <summary>The way of docs/finetuning.md's transfer table, with few images of few classes.</summary>
    [Fact]
    public async Task Some_classes_are_learned_and_then_others_by_the_head_alone()
    {
        RemoveBroken();
        var first = await DlaProcess.RunAsync(Arguments("first.onnx", "--classes", "0-3", "--images-per-class", "3", "--validation", _small.Images,
            "--learning-rate", "0.01"));
        Assert.True(first.ExitCode == 0, first.Errors);
        Assert.Equal(4, DlaModelCard.Load(File("first.onnx"))!.ClassNames.Count);
        Assert.Contains("12 images of", first.Errors, StringComparison.Ordinal);
        var head = await DlaProcess.RunAsync("finetune", _small.Images, "--weights", File("first.training/best.safetensors"), "--classes", "deer,fox",
            "--images-per-class", "4", "--batch", "4",
            "--epochs", "4", "--freeze", "Level5", "--cache-embeddings", "--class-weights", "fox=2", "--output", File("head.onnx"));
        Assert.True(head.ExitCode == 0, head.Errors);
        var card = DlaModelCard.Load(File("head.onnx"))!;
        Assert.Equal(["deer", "fox"], card.ClassNames);
        Assert.Equal(32, card.Preprocessing.CropSize);   // the weights' own
        Assert.Contains("Cosine to 0.01,", card.Training!.Recipe, StringComparison.Ordinal);   // one layer wants a higher rate than the whole network
        Assert.Contains("embeddings computed once", card.Training.Recipe, StringComparison.Ordinal);
        Assert.True(System.IO.File.Exists(File("head.training/embeddings-train.safetensors")));
        var photo = Directory.EnumerateFiles(Path.Combine(_small.Images, "fox")).First();
        var explained = await DlaProcess.RunAsync("classify", photo, "-m", File("head.onnx"), "--top", "2", "--explain", File("maps"));
        Assert.True(explained.ExitCode == 0, explained.Errors);
        Assert.Equal(2, Directory.GetFiles(File("maps"), "*.png").Length);
    }

    [Fact]
    public async Task Bad_images_are_skipped_and_counted_on_request()
    {
        RemoveBroken();
        var name = OperatingSystem.IsWindows() ? "broken.png" : "\u001b]0;evil\a broken.png";   // would set a terminal's title
        System.IO.File.WriteAllText(File($"images/deer/{name}"), "not an image");
        var refused = await DlaProcess.RunAsync(Arguments("skipped.onnx"));
        Assert.Contains("broken.png", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("leave such images out with --bad-images Skip", refused.Errors, StringComparison.Ordinal);
        var run = await DlaProcess.RunAsync(Arguments("skipped.onnx", "--bad-images", "Skip"));   // the corrected command, in the same workspace
        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains("1 left out of training", run.Output, StringComparison.Ordinal);
        Assert.Contains("left out: '", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Errors);
    }

    [Fact]
    public async Task A_bad_image_among_those_to_measure_on_does_not_cost_the_model()
    {
        RemoveBroken();
        foreach (var part in (string[])["train", "test"])
            foreach (var path in Directory.EnumerateFiles(_small.Images, "*.png", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(File("parts"), part, Path.GetRelativePath(_small.Images, path));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                System.IO.File.Copy(path, copy);
            }
        System.IO.File.WriteAllText(File("parts/test/deer/broken.png"), "not an image");
        string[] arguments = [.. Arguments("parts.onnx")];
        arguments[1] = File("parts");
        var run = await DlaProcess.RunAsync(arguments);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("written and not measured", run.Errors, StringComparison.Ordinal);
        Assert.Contains("broken.png", run.Errors, StringComparison.Ordinal);
        Assert.Null(DlaModelCard.Load(File("parts.onnx"))!.Training!.Top1);
        var again = await DlaProcess.RunAsync([.. arguments, "--resume", "--bad-images", "Skip"]);
        Assert.True(again.ExitCode == 0, again.Errors);
        Assert.NotNull(DlaModelCard.Load(File("parts.onnx"))!.Training!.Top1);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]   // the terminal was closed
    public async Task A_signal_saves_and_ends_the_run_which_continues_from_there(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no such signals on Windows");
        Assert.SkipWhen(signal == "HUP" && IgnoresHangUp(), "these tests run under nohup, and so does what they start");
        RemoveBroken();
        var arguments = With("--epochs", "10000", "stopped.onnx");
        var first = await DlaProcess.RunAsync(arguments, at: ("epoch 2: ", p => ProcessSignals.SendAsync(p, signal)));
        var second = await DlaProcess.RunAsync([.. arguments, "--resume"], at: ("epoch ", p => ProcessSignals.SendAsync(p, signal)));
        foreach (var run in (DlaProcess[])[first, second])
        {
            Assert.Equal(1, run.ExitCode);
            Assert.Contains("The same command with --resume continues from", run.Errors, StringComparison.Ordinal);
        }
        var epochs = Epochs(first).Concat(Epochs(second)).ToList();
        Assert.Equal(Enumerable.Range(1, epochs.Count), epochs);
        Assert.Equal(epochs.Count, System.IO.File.ReadLines(File("stopped.training/log.jsonl")).Count());
        Assert.False(System.IO.File.Exists(File("stopped.onnx")));
    }

    [Fact]
    public async Task A_run_keeps_others_out_of_its_workspace_and_says_so_where_it_cannot()
    {
        RemoveBroken();
        var arguments = With("--epochs", "10000", "mine.onnx");
        DlaProcess? other = null, resumed = null;
        await DlaProcess.RunAsync(arguments, at: ("epoch 1: ", async process =>
        {
            other = await DlaProcess.RunAsync(arguments);
            resumed = await DlaProcess.RunAsync([.. arguments, "--resume"]);
            process.Kill();
        }));
        foreach (var run in (DlaProcess[])[other!, resumed!])
        {
            Assert.Equal(1, run.ExitCode);
            Assert.Matches(@"Another run \(process \d+\) is using '", run.Errors);
        }
        // Without locks, and in a workspace whose process was killed a moment ago.
        var unlocked = await DlaProcess.RunAsync([.. Arguments("mine.onnx"), "--resume"],
            environment: new Dictionary<string, string?> { ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = "1" });
        Assert.True(unlocked.ExitCode == 0, unlocked.Errors);
        Assert.Contains("is on a file system without locks", unlocked.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_for_lack_of_memory_names_the_options_of_the_command()
    {
        var message = Assert.Throws<IOException>(() => Commands.FinetuneCommand.Explain(() =>
            throw new InsufficientMemoryException("There is not enough memory for 4.5 GB. Make BatchSize smaller."))).Message;
        Assert.Equal("There is not enough memory for 4.5 GB. Make --batch smaller, or compute each batch in parts with --accumulate.", message);
    }

    /// <summary>Whether this process, and so every child of it, ignores SIGHUP.</summary>
    private static bool IgnoresHangUp() => OperatingSystem.IsLinux() && System.IO.File.ReadLines("/proc/self/status")
        .Any(l => l.StartsWith("SigIgn:", StringComparison.Ordinal) && (Convert.ToUInt64(l[7..].Trim(), 16) & 1) != 0);

    [Fact]
    public async Task What_cannot_be_trained_gives_one_line_and_a_status()
    {
        foreach (var (part, status, arguments) in ((string, int, string[])[])
        [
            ("There is no data set", 2, ["finetune", "nowhere", "--variant", "dla46_c"]),
            ("'dla99' is not a DLA variant", 2, ["finetune", _small.Images, "--variant", "dla99"]),
            ("Which network?", 2, ["finetune", _small.Images]),
            ("Epochs is 0", 2, With("--epochs", "0")),
            ("fewer than one batch", 2, With("--batch", "5000")),
            ("multiples of 32", 2, With("--size", "33")),
            ("'emu' of --classes", 2, Arguments("x.onnx", "--classes", "apple,emu")),
            ("fewer than the 99 asked for", 2, Arguments("x.onnx", "--images-per-class", "99")),
            ("is not class=weight", 2, Arguments("x.onnx", "--class-weights", "apple")),
            ("give one of them", 2, Arguments("x.onnx", "--validation", "v", "--validation-fraction", "0.1")),
            ("is a folder. Name the file to write with --output", 2, Arguments("images")),
            ("EarlyStoppingPatience is set", 2, Arguments("x.onnx", "--patience", "3")),
            ("--checkpoint-minutes must be above 0", 2, Arguments("x.onnx", "--checkpoint-minutes", "0")),
            ("There is no run to resume in", 1, Arguments("x.onnx", "--resume")),
            ("CacheEmbeddings needs Freeze", 2, Arguments("x.onnx", "--cache-embeddings")),
        ])
        {
            var run = await DlaProcess.RunAsync(arguments);
            Assert.True(run.ExitCode == status && run.Errors.Contains(part, StringComparison.Ordinal),
                $"{string.Join(' ', arguments)}: {run.ExitCode} {run.Errors}");
        }
        Assert.False(System.IO.File.Exists(File("x.onnx")));
    }
}
