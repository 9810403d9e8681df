using System.Diagnostics;
using Dla.MLNet;
using Dla.Models;

namespace Dla.Cli.Tests;

public sealed class FinetuneCommandTests : IDisposable
{
    private readonly SmallModel _small = new();

    public void Dispose() => _small.Dispose();

    private string File(string name) => Path.Combine(_small.Folder, name);

    private string[] Arguments(string output, params string[] more) =>
        ["finetune", _small.Images, "--variant", "dla46_c", "--size", "32", "--batch", "8", "--epochs", "3", "--threads", "1", "--output", File(output), .. more];

    /// <summary>A run with one option otherwise.</summary>
    private string[] With(string option, string value)
    {
        var arguments = Arguments("x.onnx");
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
        foreach (var name in (string[])["checkpoint.safetensors", "best.safetensors", "log.jsonl", "curves.svg"]) Assert.True(System.IO.File.Exists(File("trained.training/" + name)), name);
        var again = await DlaProcess.RunAsync(Arguments("trained.onnx", "--validation-fraction", "0.2"));
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("Resume it, or train in another folder", again.Errors, StringComparison.Ordinal);
    }

    /// <summary>The published example's recipe (Adam at 1e-3, batch 64, resize 256, crop 224), with a small network and small images standing in.</summary>
    [Fact]
    public async Task Pretrained_weights_are_fine_tuned_to_other_classes()
    {
        RemoveBroken();
        using (var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 1000 })) Safetensors.Save(File("pretrained.safetensors"), network);
        var run = await DlaProcess.RunAsync("finetune", _small.Images, "--weights", File("pretrained.safetensors"), "--epochs", "1", "--optimizer", "AdamW", "--learning-rate", "0.001",
            "--batch", "8", "--resize", "40", "--size", "32", "--freeze", "Level3", "--layer-decay", "0.8", "--output", File("tuned.onnx"));
        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains("head of 1000 classes", run.Errors, StringComparison.Ordinal);
        var card = DlaModelCard.Load(File("tuned.onnx"))!;
        Assert.Contains("pretrained.safetensors", card.Weights, StringComparison.Ordinal);
        Assert.Equal((40, 32, 0.485f), (card.Preprocessing.ResizeShortSide, card.Preprocessing.CropSize, card.Preprocessing.Mean[0]));
    }

    [Fact]
    public async Task Killed_again_and_again_a_run_ends_with_the_weights_of_one_that_was_not()
    {
        RemoveBroken();
        Assert.Equal(0, (await DlaProcess.RunAsync(Arguments("whole.onnx"))).ExitCode);
        for (var kill = 0; kill < 4; kill++)
        {
            var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true, ArgumentList = { Path.Combine(AppContext.BaseDirectory, "dla.dll") } };
            foreach (var argument in Arguments("killed.onnx", "--resume")) start.ArgumentList.Add(argument);
            using var process = Process.Start(start)!;
            await Task.Delay(1500 + 700 * kill);
            process.Kill();
            await process.WaitForExitAsync();
        }
        var last = await DlaProcess.RunAsync(Arguments("killed.onnx", "--resume"));
        Assert.True(last.ExitCode == 0, last.Errors);
        Assert.Equal(System.IO.File.ReadAllBytes(File("whole.training/best.safetensors")), System.IO.File.ReadAllBytes(File("killed.training/best.safetensors")));
        Assert.DoesNotContain(Directory.EnumerateFiles(_small.Folder), f => f.EndsWith(".onnx.tmp", StringComparison.Ordinal));
    }

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
        ])
        {
            var run = await DlaProcess.RunAsync(arguments);
            Assert.True(run.ExitCode == status && run.Errors.Contains(part, StringComparison.Ordinal), $"{string.Join(' ', arguments)}: {run.ExitCode} {run.Errors}");
        }
        Assert.False(System.IO.File.Exists(File("x.onnx")));
    }
}
