namespace Dla.Models;

/// <summary>What a reader found in a file, before it is given out as a <see cref="Checkpoint"/>.</summary>
internal sealed class CheckpointContent(CheckpointFormat format)
{
    public CheckpointFormat Format { get; } = format;

    public List<CheckpointTensor> Tensors { get; } = [];

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>The part of a trainer's checkpoint that the tensors are from, such as <c>state_dict</c>; <see langword="null"/> for a plain file.</summary>
    public string? Part { get; init; }
}
