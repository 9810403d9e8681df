using Dla.MLNet;

namespace Dla.Finetune.Tests;

/// <summary>What a run that failed, or was stopped, leaves for the next one.</summary>
[Collection("torch")]
public sealed class StartingAgainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private TrainingWorkspace Workspace => new(_folder.File("parent") + "/run");

    public void Dispose() => _folder.Dispose();

    private static DlaTrainingResult Train(TrainingWorkspace workspace, ImageDataset? data = null, BadTrainingImage onBadImage = BadTrainingImage.Error,
        Action<TrainingStep>? onStep = null, CancellationToken cancel = default)
    {
        using var network = TinyImages.Network(4);
        return DlaTrainer.Train(network, data ?? new TinyImages(64, 4), null, TinyImages.Preprocessing,
            TinyImages.Recipe with { OnBadImage = onBadImage, Epochs = 2 }, workspace, new StepMonitor(onStep ?? (_ => { })), cancel);
    }

    [Fact]
    public void A_bad_image_in_the_first_epoch_does_not_block_the_corrected_run()
    {
        Assert.Throws<ImageDecodeException>(() => Train(Workspace, new DamagedImages(64, i => i == 5)));
        Assert.True(Train(Workspace, new DamagedImages(64, i => i == 5), BadTrainingImage.Skip).Completed);
        Directory.Delete(Workspace.Path, recursive: true);
        Assert.Throws<ImageDecodeException>(() => Train(Workspace, new DamagedImages(64, i => i == 5)));
        Assert.True(Train(Workspace, new TinyImages(63, 4)).Completed);   // without the file
    }

    [Fact]
    public void A_run_that_was_stopped_before_its_first_step_blocks_none()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.False(Train(Workspace, cancel: stop.Token).Completed);
        Assert.True(Train(Workspace with { Resume = true }).Completed);
        Directory.Delete(Workspace.Path, recursive: true);
        Assert.False(Train(Workspace, cancel: stop.Token).Completed);
        Assert.True(Train(Workspace).Completed);
    }

    [Fact]
    public void Work_that_was_done_is_not_overwritten()
    {
        using var stop = new CancellationTokenSource();
        Train(Workspace, onStep: s => { if (s.Step == 1) stop.Cancel(); }, cancel: stop.Token);
        var before = File.ReadAllBytes(Workspace.Checkpoint);
        var message = Assert.Throws<IOException>(() => Train(Workspace)).Message;
        Assert.Contains("checkpoint of another run. Resume it", message, StringComparison.Ordinal);
        Assert.Contains("delete this folder", message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Workspace.Checkpoint));
        File.WriteAllText(Workspace.Checkpoint, "not a checkpoint");
        Assert.Throws<IOException>(() => Train(Workspace));
        Assert.Equal("not a checkpoint", File.ReadAllText(Workspace.Checkpoint));
    }

    [Fact]
    public void Without_a_run_there_is_nothing_to_resume()
    {
        var message = Assert.Throws<FileNotFoundException>(() => Train(Workspace with { Resume = true })).Message;
        Assert.Contains("There is no run to resume", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Workspace.Path));
    }
}
