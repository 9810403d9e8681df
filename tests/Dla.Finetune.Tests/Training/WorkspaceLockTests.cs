namespace Dla.Finetune.Tests;

[Collection("torch")]
public sealed class WorkspaceLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static DlaTrainingResult Train(TrainingWorkspace workspace, ITrainingMonitor? monitor = null, int epochs = 1)
    {
        using var network = TinyImages.Network(4);
        return DlaTrainer.Train(network, new TinyImages(64, 4), null, TinyImages.Preprocessing, TinyImages.Recipe with { Epochs = epochs }, workspace, monitor);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_second_run_in_a_workspace_is_refused_while_the_first_one_runs(bool resume)
    {
        var workspace = new TrainingWorkspace(_folder.File("run"));
        string? message = null;
        Train(workspace, new StepMonitor(s =>
        {
            if (s.Step == 2) message = Assert.Throws<IOException>(() => Train(workspace with { Resume = resume })).Message;
        }));
        Assert.Contains($"Another run (process {Environment.ProcessId}) is using '{workspace.Path}'", message!, StringComparison.Ordinal);
        Assert.Single(File.ReadLines(workspace.Log));   // the first run's epoch
        Assert.True(Train(workspace with { Resume = true }, epochs: 2).Completed);   // now it is free
    }

    [Fact]
    public void A_lock_file_that_a_killed_process_left_keeps_nobody_out()
    {
        _folder.Write("run/lock", "1 of a process that was killed");
        var workspace = new TrainingWorkspace(_folder.File("run"));
        Assert.True(Train(workspace).Completed);
        using var free = WorkspaceLock.Take(workspace.Path);
        Assert.True(free.IsExclusive);
    }

    [Fact]
    public void A_lock_that_the_caller_holds_lasts_beyond_the_training()
    {
        var workspace = new TrainingWorkspace(_folder.File("run"));
        using (var reserved = WorkspaceLock.Take(workspace.Path))
        {
            Assert.True(reserved.IsExclusive);
            Assert.True(Train(workspace with { Lock = reserved }).Completed);
            Assert.Throws<IOException>(() => WorkspaceLock.Take(workspace.Path));
        }
        using var again = WorkspaceLock.Take(workspace.Path);
    }

    [Fact]
    public void A_folder_that_was_made_for_the_lock_alone_goes_away_with_it()
    {
        using (WorkspaceLock.Take(_folder.File("new") + "/run")) Assert.True(Directory.Exists(_folder.File("new") + "/run"));
        Assert.False(Directory.Exists(_folder.File("new") + "/run"));
    }
}
