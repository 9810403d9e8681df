using Dla.Models;

namespace Dla.Finetune;

/// <summary>What a run left in its workspace, read back only if it is as it was written.</summary>
internal static class SavedRun
{
    /// <summary>The key among the texts of the best weights: the run that wrote them.</summary>
    public const string RunKey = "dla.run";

    /// <summary>Makes sure that there is a run to resume.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static void Require(TrainingWorkspace workspace)
    {
        if (File.Exists(workspace.Checkpoint)) return;
        var remedy = StepOf(workspace.PreviousCheckpoint) is { } step
            ? FormattableString.Invariant($"The checkpoint before it, of step {step}, is whole. To continue from it, rename ") +
                $"'{workspace.PreviousCheckpoint}' to '{Path.GetFileName(workspace.Checkpoint)}'."
            : "Name the folder of the run, or begin a new one.";
        throw new FileNotFoundException($"There is no run to resume in '{workspace.Path}': '{workspace.Checkpoint}' is missing. {remedy}",
            workspace.Checkpoint);
    }

    /// <summary>Makes sure that a new run overwrites no other one's work. A checkpoint from before the first step holds none.</summary>
    /// <exception cref="IOException">There is a checkpoint with work in it, or one that cannot be read.</exception>
    public static void RequireNone(TrainingWorkspace workspace)
    {
        if (!File.Exists(workspace.Checkpoint) || StepOf(workspace.Checkpoint) == 0) return;
        throw new IOException($"'{workspace.Path}' holds the checkpoint of another run. Resume it, or train in another folder. " +
            "To begin again, delete this folder first.");
    }

    /// <summary>Reads the checkpoint and the best weights.</summary>
    /// <param name="workspace">Where they are.</param>
    /// <param name="now">The run as its options are now.</param>
    /// <param name="keepPrecision">Whether it continues in its own number format.</param>
    /// <param name="measures">Whether there are validation images, so that its best weights are needed.</param>
    /// <param name="state">Receives the values.</param>
    /// <exception cref="InvalidDataException">They are damaged, or of another run.</exception>
    public static TrainingJournal Load(TrainingWorkspace workspace, TrainingJournal now, bool keepPrecision, bool measures, TrainingState state)
    {
        var journal = LoadCheckpoint(workspace, now, keepPrecision, state);
        if (journal.BestEpoch > 0 && (measures || File.Exists(workspace.BestWeights))) LoadBest(workspace, journal, state);
        return journal;
    }

    private static TrainingJournal LoadCheckpoint(TrainingWorkspace workspace, TrainingJournal now, bool keepPrecision, TrainingState state)
    {
        try
        {
            using var checkpoint = Checkpoint.Open(workspace.Checkpoint);
            if (!TrainingChecksum.Matches(checkpoint)) throw Damaged(workspace.Checkpoint);
            var journal = now.Continue(checkpoint.Metadata.GetValueOrDefault(TrainingJournal.MetadataKey), workspace.Checkpoint, keepPrecision);
            if (journal.HasChecksum && !TrainingChecksum.IsIn(checkpoint)) throw Damaged(workspace.Checkpoint);
            state.Load(checkpoint);
            return journal;
        }
        catch (CheckpointException e)
        {
            throw new InvalidDataException($"{e.Message} {RemedyFor(workspace)}", e);
        }
    }

    private static void LoadBest(TrainingWorkspace workspace, TrainingJournal journal, TrainingState state)
    {
        try
        {
            using var best = Checkpoint.Open(workspace.BestWeights);
            if (!TrainingChecksum.Matches(best) || journal.Run is not null && !TrainingChecksum.IsIn(best)) throw Damaged(workspace.BestWeights);
            if (journal.Run is not null && best.Metadata.GetValueOrDefault(RunKey) != journal.Run)
                throw new CheckpointException($"'{workspace.BestWeights}' holds the best weights of another run.");
            state.RememberBest(best);
        }
        catch (Exception e) when (e is CheckpointException or FileNotFoundException)
        {
            throw new InvalidDataException(FormattableString.Invariant($"The run's best weights, of epoch {journal.BestEpoch}, cannot be read. {e.Message} ") +
                "Put the run's own file back, or train again in another folder.", e);
        }
    }

    private static CheckpointException Damaged(string path) => new($"'{path}' is damaged: its content does not match its checksum.");

    private static string RemedyFor(TrainingWorkspace workspace)
    {
        if (StepOf(workspace.PreviousCheckpoint) is { } step)
            return FormattableString.Invariant($"The checkpoint before it, of step {step}, is whole. To continue from it, rename ") +
                $"'{workspace.PreviousCheckpoint}' to '{Path.GetFileName(workspace.Checkpoint)}'.";
        return File.Exists(workspace.BestWeights)
            ? $"There is no other checkpoint. Train again in another folder; '{workspace.BestWeights}' has the best weights so far to start from."
            : "There is no other checkpoint. Train again in another folder.";
    }

    /// <summary>The step of a checkpoint that is whole; <see langword="null"/> for others.</summary>
    private static long? StepOf(string path)
    {
        try
        {
            if (!File.Exists(path)) return null;
            using var checkpoint = Checkpoint.Open(path);
            return TrainingChecksum.Matches(checkpoint) ? TrainingJournal.StepOf(checkpoint.Metadata.GetValueOrDefault(TrainingJournal.MetadataKey)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
