namespace Dla.Finetune;

/// <summary>The folder of a run: its checkpoints and its log.</summary>
/// <param name="Path">The folder; it is made where it is missing.</param>
/// <param name="Resume">Whether the run that left its checkpoint there is continued. Without a checkpoint the run begins.</param>
/// <param name="CheckpointEvery">Time between checkpoints within an epoch; there is always one after each epoch. Default: 10 minutes.</param>
public sealed record TrainingWorkspace(string Path, bool Resume = false, TimeSpan? CheckpointEvery = null)
{
    /// <summary>All that a run needs to go on: weights, optimizer, average, step and options.</summary>
    public string Checkpoint => System.IO.Path.Combine(Path, "checkpoint.safetensors");

    /// <summary>The weights of the best epoch so far, as a weight file for <c>--weights</c>.</summary>
    public string BestWeights => System.IO.Path.Combine(Path, "best.safetensors");

    /// <summary>One JSON object a line for each epoch.</summary>
    public string Log => System.IO.Path.Combine(Path, "log.jsonl");

    /// <summary>Loss and accuracy over the epochs, drawn.</summary>
    public string Curves => System.IO.Path.Combine(Path, "curves.svg");
}
