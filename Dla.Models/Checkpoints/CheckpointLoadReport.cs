namespace Dla.Models;

/// <summary>What loading a weight file did.</summary>
public sealed record CheckpointLoadReport
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>How it is laid out.</summary>
    public required CheckpointFormat Format { get; init; }

    /// <summary>The part of a trainer's checkpoint that was loaded; <see langword="null"/> where the file is nothing but weights.</summary>
    public required string? Part { get; init; }

    /// <summary>Tensors of the network that now have the file's values.</summary>
    public required int Loaded { get; init; }

    /// <summary>Tensors of the file that were dropped because no output depends on them: the unused projections of official files.</summary>
    public required IReadOnlyList<string> DeadProjections { get; init; }

    /// <summary>
    /// The file's class count, 0 for a file without a head, where it differs from the network's, whose head then keeps its own (random) weights;
    /// else <see langword="null"/>.
    /// </summary>
    public required int? ReplacedHeadClasses { get; init; }

    /// <summary>The file's image channels where they differ from the network's, to which the stem was then adapted; else <see langword="null"/>.</summary>
    public required int? AdaptedStemChannels { get; init; }

    /// <summary>Whether the network has a head.</summary>
    internal bool HasHead { get; init; } = true;

    /// <summary>What is worth telling a user, one sentence each; empty where the file fitted as it was.</summary>
    public IReadOnlyList<string> Remarks
    {
        get
        {
            var remarks = new List<string>();
            if (Part is not null) remarks.Add($"The weights are the checkpoint's '{Part}'.");
            if (DeadProjections.Count > 0) remarks.Add($"{DeadProjections.Count} tensors of projections that the original code never uses were dropped.");
            if (ReplacedHeadClasses is 0) remarks.Add("The file has no head; the network's keeps its initial weights and must be trained.");
            else if (ReplacedHeadClasses is { } classes) remarks.Add(HasHead
                ? $"The file's head of {classes} classes does not fit; the network's head keeps its initial weights and must be trained."
                : $"The file's head of {classes} classes was left out.");
            if (AdaptedStemChannels is { } channels) remarks.Add($"The stem was adapted from {channels} image channels.");
            return remarks;
        }
    }
}
