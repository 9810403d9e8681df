using System.Diagnostics;
using Dla.Models;

namespace Dla.Finetune.Tests;

[Collection("torch")]
public sealed class MemoryAndDiskTests : IDisposable
{
    private const long Megabyte = 1 << 20;

    private readonly TemporaryFolder _folder = new();
    private string? _mounted;

    public void Dispose()
    {
        if (_mounted is not null) Run("umount", _mounted);
        _folder.Dispose();
    }

    private static DlaTrainingResult Train(DlaTrainingOptions options, TrainingWorkspace? workspace, ITrainingMonitor? monitor = null)
    {
        using var network = TinyImages.Network(4);
        return DlaTrainer.Train(network, new TinyImages(64, 4), null, TinyImages.Preprocessing, options, workspace, monitor);
    }

    [Fact]
    public void Resident_memory_is_flat_over_500_steps()
    {
        var resident = new List<long>();
        Train(TinyImages.Recipe with { Epochs = 32, BatchSize = 4 }, null, new StepMonitor(s => Measure(s, resident)));   // 16 steps an epoch
        Assert.Equal(8, resident.Count);
        Assert.True(resident[2..].Max() - resident[1] < 16 * Megabyte, $"MB after each 64 steps: {string.Join(", ", resident.Select(r => r / Megabyte))}");
    }

    [Fact]
    public void A_disk_that_is_too_small_is_found_out_before_the_first_step()
    {
        var disk = Mount(kilobytes: 64);   // a checkpoint of the tiny network has some 300 KB
        var steps = 0;
        var message = Assert.Throws<IOException>(() => Train(TinyImages.Recipe, new TrainingWorkspace(disk), new StepMonitor(_ => steps++))).Message;
        Assert.Contains(disk, message, StringComparison.Ordinal);
        Assert.Contains("Free space", message, StringComparison.Ordinal);
        Assert.Equal(0, steps);
        Assert.Equal(["lock"], Directory.EnumerateFiles(disk).Select(Path.GetFileName));
    }

    [Fact]
    public void A_disk_with_room_for_one_checkpoint_only_is_found_out_before_the_first_step()
    {
        var size = CheckpointBytes();
        var disk = Mount(kilobytes: (int)(size * 3 / 2 / 1024));
        Assert.Contains("need", Assert.Throws<IOException>(() => Train(TinyImages.Recipe, new TrainingWorkspace(disk))).Message, StringComparison.Ordinal);
        Assert.Equal(["lock"], Directory.EnumerateFiles(disk).Select(Path.GetFileName));
        Assert.True(Run("mount", "-o", $"remount,size={size * 8 / 1024}k", disk));
        Assert.True(Train(TinyImages.Recipe, new TrainingWorkspace(disk)).Completed);   // the same command, with space
    }

    [Fact]
    public void A_full_disk_at_the_export_keeps_the_weights_and_the_resumed_run_exports_them()
    {
        var disk = Mount(kilobytes: 16);
        var workspace = new TrainingWorkspace(_folder.File("run"));
        using var network = TinyImages.Network(4);
        var data = new TinyImages(64, 4);
        var result = DlaTrainer.Train(network, data, null, TinyImages.Preprocessing, TinyImages.Recipe, workspace);
        void Export(DlaTrainingResult of, string path) => DlaTrainedModel.Export(network, data, TinyImages.Preprocessing, TinyImages.Recipe, of,
            "random weights", null, path, workspace.BestWeights);
        var before = File.ReadAllBytes(workspace.BestWeights);
        var message = Assert.Throws<IOException>(() => Export(result, Path.Combine(disk, "model.onnx"))).Message;
        Assert.Contains($"The trained weights are safe in '{workspace.BestWeights}'", message, StringComparison.Ordinal);
        Assert.Contains("--resume", message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(workspace.BestWeights));
        Assert.Empty(Directory.EnumerateFiles(disk));
        var steps = 0;
        var resumed = DlaTrainer.Train(network, data, null, TinyImages.Preprocessing, TinyImages.Recipe, workspace with { Resume = true },
            new StepMonitor(_ => steps++));
        Export(resumed, _folder.File("model.onnx"));
        Assert.Equal(0, steps);
        Assert.True(File.Exists(_folder.File("model.onnx")));
    }

    [Fact]
    public void A_disk_that_fills_up_leaves_the_last_checkpoint_whole_and_the_run_can_go_on()
    {
        var disk = Mount(kilobytes: (int)(CheckpointBytes() * 6 / 1024));
        var workspace = new TrainingWorkspace(disk);
        var filler = Path.Combine(disk, "filler");
        var message = Assert.Throws<IOException>(() => Train(TinyImages.Recipe, workspace, new StepMonitor(s => Fill(s, filler)))).Message;
        Assert.Contains("The last checkpoint is whole", message, StringComparison.Ordinal);
        using (var checkpoint = Checkpoint.Open(workspace.Checkpoint))
            Assert.All(checkpoint.Tensors, t => Assert.True(t.Read().isfinite().all().item<bool>()));
        Assert.DoesNotContain(Directory.EnumerateFiles(disk), f => f.EndsWith(".tmp", StringComparison.Ordinal));
        File.Delete(filler);
        var result = Train(TinyImages.Recipe, workspace with { Resume = true });
        Assert.True(result.Completed);
        Assert.Equal(3, result.Epochs.Count);
    }

    [Fact]
    public void What_a_killed_run_had_half_written_goes_away_with_the_next_and_other_files_stay()
    {
        var workspace = new TrainingWorkspace(_folder.File("run"));
        Train(TinyImages.Recipe with { Epochs = 1 }, workspace);
        var whole = Names();
        string[] left = [$"checkpoint.safetensors.{Guid.NewGuid():n}.tmp", $"log.csv.{Guid.NewGuid():n}.tmp",
            $"embeddings-train.safetensors.{Guid.NewGuid():n}.tmp"];
        foreach (var name in (string[])[.. left, "notes.tmp"]) _folder.Write($"run/{name}", "half");
        Assert.Throws<IOException>(() => Train(TinyImages.Recipe, workspace));   // refused: nothing is touched
        Assert.Subset(Names(), left.ToHashSet());
        Train(TinyImages.Recipe with { Epochs = 1 }, workspace with { Resume = true });
        Assert.Equal([.. whole, "notes.tmp"], Names());

        HashSet<string> Names() => [.. Directory.EnumerateFiles(workspace.Path).Select(f => Path.GetFileName(f))];
    }

    private static void Measure(TrainingStep step, List<long> resident)
    {
        if (step.Step % 64 != 0) return;
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        resident.Add(process.WorkingSet64);
    }

    /// <summary>Takes what is left of a disk in the second epoch.</summary>
    private static void Fill(TrainingStep step, string filler)
    {
        if (step.Step != 6) return;
        using var file = File.Create(filler);
        try
        {
            for (var block = new byte[4096]; ; file.Flush()) file.Write(block);
        }
        catch (IOException)
        {
            // That is what it is for.
        }
    }

    private long CheckpointBytes()
    {
        var workspace = new TrainingWorkspace(_folder.File("size"));
        Train(TinyImages.Recipe with { Epochs = 1 }, workspace);
        return new FileInfo(workspace.Checkpoint).Length;
    }

    /// <summary>A small disk; skips the test where none can be mounted.</summary>
    private string Mount(int kilobytes)
    {
        var path = _folder.File("disk/x")[..^2];
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a disk that can be filled: a tmpfs, which is Linux's");
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", path), "needs the right to mount a small tmpfs");
        return _mounted = path;
    }

    private static bool Run(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;   // there is no such command
        }
    }
}
