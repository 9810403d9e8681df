namespace Dla.Models;

/// <summary>How well the tensors of a weight file fit a variant, told from names, shapes and number formats alone.</summary>
public sealed record CheckpointFit
{
    /// <summary>The variant that was compared with.</summary>
    public required DlaVariant Variant { get; init; }

    /// <summary>Tensors that the network needs and the file lacks. (Batch counters, which old files lack, are not counted: they start at 0.)</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Tensors of the file, by their names in the network's terms, that the network has no place for.</summary>
    public required IReadOnlyList<string> Unexpected { get; init; }

    /// <summary>Tensors of another shape or number format, with what was found and expected.</summary>
    public required IReadOnlyList<CheckpointDifference> Misshapen { get; init; }

    /// <summary>Tensors that fit.</summary>
    public required int Matching { get; init; }

    /// <summary>Tensors of projections that the original code computes and never uses; they are dropped.</summary>
    public required IReadOnlyList<string> DeadProjections { get; init; }

    /// <summary>Classes C of the file's head; <see langword="null"/> where it has none.</summary>
    public required int? NumClasses { get; init; }

    /// <summary>Image channels of the file's stem; <see langword="null"/> where it has none.</summary>
    public required int? InputChannels { get; init; }

    /// <summary>Whether every tensor fits and none is left over.</summary>
    public bool IsComplete => Missing.Count == 0 && Unexpected.Count == 0 && Misshapen.Count == 0;

    /// <summary>Number of tensors that stand in the way.</summary>
    public int Problems => Missing.Count + Unexpected.Count + Misshapen.Count;

    /// <summary>The problems, the first ten of each kind, in sentences.</summary>
    internal string Describe() => string.Join(" ", new[]
    {
        List(Missing, "missing"), List(Unexpected, "unexpected"), List(Misshapen, "of another shape"),
    }.Where(s => s.Length > 0));

    private static string List<T>(IReadOnlyList<T> names, string what)
    {
        if (names.Count == 0) return "";
        return CheckpointFile.Printable($"{names.Count} {what}: {string.Join(", ", names.Take(10))}{(names.Count > 10 ? ", …" : "")}.");
    }
}
