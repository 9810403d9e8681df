using System.Diagnostics;
using System.Globalization;
using Dla.Tests;

namespace Dla.Cli.Tests;

/// <summary>Trainings that are killed at random moments and resumed. <c>DLA_KILLS</c> sets how often; 50 take some minutes.</summary>
public sealed class KilledTrainingTests : IDisposable
{
    private const int UsualKills = 6;

    private readonly SmallModel _small = new();

    public void Dispose() => _small.Dispose();

    private string File(string name) => Path.Combine(_small.Folder, name);

    /// <summary>A run with all that a checkpoint holds, which saves about every 30 ms.</summary>
    private string[] Arguments(string output) =>
    [
        "finetune", _small.Images, "--variant", "dla46_c", "--size", "32", "--batch", "8", "--epochs", "6", "--threads", "1", "--learning-rate", "0.02",
        "--clip", "1", "--ema", "0.9", "--dropout", "0.2", "--mixup", "0.2", "--validation-fraction", "0.2", "--bad-images", "Skip",
        "--checkpoint-minutes", "0.0005", "--output", File(output),
    ];

    [Fact]
    public async Task A_run_ends_with_the_very_weights_of_one_that_was_not_killed()
    {
        var kills = int.TryParse(Environment.GetEnvironmentVariable("DLA_KILLS"), CultureInfo.InvariantCulture, out var asked) ? asked : UsualKills;
        string[] signals = OperatingSystem.IsWindows() ? ["KILL"] : ["KILL", "TERM", "HUP"];
        var random = new Random(5);
        var whole = await DlaProcess.RunAsync(Arguments("whole.onnx"));
        Assert.True(whole.ExitCode == 0, whole.Errors);
        for (int done = 0, run = 0; done < kills; run++)
        {
            var name = $"killed-{run}";
            string[] command() => System.IO.File.Exists(File($"{name}.training/checkpoint.safetensors")) ? [.. Arguments($"{name}.onnx"), "--resume"]
                : Arguments($"{name}.onnx");
            DlaProcess last;
            do
            {
                // Late ones come when the run has ended: those do not count.
                var (signal, wait) = (signals[done % signals.Length], random.Next(2500));
                last = await DlaProcess.RunAsync(command(), at: ("checkpoints in ", p => KillAsync(p, signal, wait)));
                if (last.ExitCode != 0) done++;
            }
            while (last.ExitCode != 0 && done < kills);
            if (last.ExitCode != 0) last = await DlaProcess.RunAsync(command());
            Assert.True(last.ExitCode == 0, last.Errors);
            foreach (var file in (string[])[".training/best.safetensors", ".onnx"])
                Assert.True(System.IO.File.ReadAllBytes(File("whole" + file)).AsSpan().SequenceEqual(System.IO.File.ReadAllBytes(File(name + file))),
                    $"{name}{file} differs after {done} kills");
            Assert.DoesNotContain(Directory.EnumerateFiles(_small.Folder, "*", SearchOption.AllDirectories),
                f => f.EndsWith(".tmp", StringComparison.Ordinal));
            Directory.Delete(File($"{name}.training"), recursive: true);
        }
    }

    private static async Task KillAsync(Process process, string signal, int milliseconds)
    {
        await Task.Delay(milliseconds);
        if (signal == "KILL") process.Kill();
        else await ProcessSignals.SendAsync(process, signal);
    }
}
