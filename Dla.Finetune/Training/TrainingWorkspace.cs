using System.Globalization;
using Dla.MLNet;
using Dla.Models;

namespace Dla.Finetune;

/// <summary>The folder of a run: its checkpoints and its log.</summary>
/// <param name="Path">The folder; it is made where it is missing.</param>
/// <param name="Resume">Whether the run that left its checkpoint there is continued. Without a checkpoint that is an error.</param>
/// <param name="CheckpointEvery">Time between checkpoints within an epoch; there is always one after each epoch. Default: 10 minutes.</param>
public sealed record TrainingWorkspace(string Path, bool Resume = false, TimeSpan? CheckpointEvery = null)
{
    /// <summary>All that a run needs to go on: weights, optimizer, average, step and options.</summary>
    public string Checkpoint => System.IO.Path.Combine(Path, "checkpoint.safetensors");

    /// <summary>The checkpoint before that one, for the case that the disk damages the last one.</summary>
    public string PreviousCheckpoint => System.IO.Path.Combine(Path, "checkpoint-previous.safetensors");

    /// <summary>The weights of the best epoch so far, as a weight file for <c>--weights</c>.</summary>
    public string BestWeights => System.IO.Path.Combine(Path, "best.safetensors");

    /// <summary>One JSON object a line for each epoch.</summary>
    public string Log => System.IO.Path.Combine(Path, "log.jsonl");

    /// <summary>The same as a table, for spreadsheets.</summary>
    public string LogTable => System.IO.Path.Combine(Path, "log.csv");

    /// <summary>Loss and accuracy over the epochs, drawn.</summary>
    public string Curves => System.IO.Path.Combine(Path, "curves.svg");

    /// <summary>
    /// The folder's lock, where the caller has taken it to keep other runs out until the model is exported; <see langword="null"/> for a lock that
    /// lasts as long as the training.
    /// </summary>
    public WorkspaceLock? Lock { get; init; }

    /// <summary>The model that the estimator exports.</summary>
    internal string Model => System.IO.Path.Combine(Path, "model.onnx");

    /// <summary>The embeddings of the training or validation images, where the head alone is trained.</summary>
    internal string Embeddings(string part) => System.IO.Path.Combine(Path, $"embeddings-{part}.safetensors");

    /// <summary>
    /// Makes sure that two more checkpoints and the best weights fit next to the first one, since each is written whole before it replaces the last and
    /// the checkpoint before the last one is kept.
    /// </summary>
    /// <exception cref="IOException">The disk has too little space.</exception>
    internal void RequireSpace()
    {
        // The previous and a new checkpoint, and the old and the new best weights, each at most half as large.
        RequireSpace(3 * new FileInfo(Checkpoint).Length, "checkpoints and weights");
    }

    /// <summary>Makes sure that the disk has space for something.</summary>
    /// <param name="needed">Bytes.</param>
    /// <param name="what">What needs them, in the plural, for the message.</param>
    /// <exception cref="IOException">The disk has too little space.</exception>
    internal void RequireSpace(long needed, string what)
    {
        // a share's space cannot be asked for
        if (OperatingSystem.IsWindows() && System.IO.Path.GetFullPath(Path).StartsWith(@"\\", StringComparison.Ordinal)) return;
        var free = new DriveInfo(System.IO.Path.GetFullPath(Path)).AvailableFreeSpace;
        if (free < needed)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"'{Path}' is on a disk with {free:N0} bytes left; " +
                $"{what} need {needed:N0} more. Free some, or train in another folder."));
        }
    }

    /// <summary>
    /// Removes what a killed run had half written: whole files get their names last, by <see cref="AtomicFile"/> and <see cref="Safetensors"/>.
    /// </summary>
    internal void Sweep()
    {
        foreach (var file in (string[])[Checkpoint, BestWeights, Log, LogTable, Curves, Embeddings("*"), Model])
            foreach (var left in Directory.EnumerateFiles(Path, System.IO.Path.GetFileName(file) + ".*.tmp"))
                File.Delete(left);
    }

    /// <summary>Removes the files of a run that has not done its first step.</summary>
    internal void Discard()
    {
        foreach (var file in (string[])[Checkpoint, PreviousCheckpoint, Log, LogTable]) File.Delete(file);
    }

    /// <summary>Writes a checkpoint. The last one becomes the previous one; at every moment there is a complete one.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    internal void WriteCheckpoint(Action<string> write) => Write(Checkpoint, path =>
    {
        var next = $"{path}.{Guid.NewGuid():n}.tmp";
        try
        {
            write(next);
            if (File.Exists(path)) File.Replace(next, path, PreviousCheckpoint, ignoreMetadataErrors: true);
            else File.Move(next, path);
        }
        finally
        {
            File.Delete(next);
        }
    });

    /// <summary>Writes a file whose name it gets when it is whole.</summary>
    internal void Write(string path, string text) => Write(path, p => AtomicFile.WriteText(p, text));

    /// <summary>Runs an action that writes a file, and says what to do where it cannot.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    internal void Write(string path, Action<string> write)
    {
        try
        {
            write(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var whole = File.Exists(Checkpoint) ? " The last checkpoint is whole. Resume continues from it." : "";
            throw new IOException($"'{path}' cannot be written: {e.Message} Free space on the disk, or train in another folder.{whole}", e);
        }
    }
}
