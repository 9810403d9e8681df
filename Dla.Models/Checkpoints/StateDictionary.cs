namespace Dla.Models;

/// <summary>Finds the weights in what a pickle holds: they are all of it, or one part of a trainer's checkpoint.</summary>
/// <param name="Part">The part's name; <see langword="null"/> where the weights are all of it.</param>
/// <param name="Entries">The entries by name, of which one or more are tensors.</param>
internal sealed record StateDictionary(string? Part, Dictionary<string, object?> Entries)
{
    /// <summary>In timm's order: the averaged weights, which are those meant for use, before the last step's.</summary>
    public static readonly string[] Parts = ["state_dict_ema", "model_ema", "state_dict", "model"];

    /// <exception cref="CheckpointException">The pickle is not a dictionary, or has no tensors, or several parts of unknown names have.</exception>
    public static StateDictionary Find(CheckpointFile file, object? root)
    {
        if (root is not PickleDictionary dictionary) throw file.Error("holds no dictionary of tensors. " +
            "A whole saved model must be saved again as its state_dict.");
        var entries = dictionary.ByName();
        foreach (var part in Parts)
            if (entries.GetValueOrDefault(part) is PickleDictionary known && known.Any(IsTensor)) return new StateDictionary(part, known.ByName());
        var top = entries.Values.Count(IsTensor);
        var seen = new HashSet<PickleDictionary>(ReferenceEqualityComparer.Instance);   // each is looked through once, however often it occurs
        var candidates = entries.Where(e => e.Value is PickleDictionary d && seen.Add(d) && d.Any(IsTensor)).ToList();
        // A trainer may put a few tensors of its own, such as the best accuracy, beside the weights.
        if (candidates is [{ Value: PickleDictionary only } named] && only.ByName() is var inner && inner.Values.Count(IsTensor) > top)
            return new StateDictionary(named.Key, inner);
        if (top > 0) return new StateDictionary(null, entries);
        throw file.Error(candidates.Count > 1
            ? $"has several dictionaries of tensors ({Names(candidates.Select(c => c.Key))}), " +
                $"and none of a known name ({string.Join(", ", Parts)}). Save the one with the weights by itself."
            : $"is a pickle without tensors{(entries.Count > 0 ? $"; its entries are {Names(entries.Keys)}" : "")}. Save a model's state_dict.");
    }

    /// <summary>The NumPy array that Paddle saves by itself, or as (name, array).</summary>
    public static NumPyArray? AsArray(object? value) => value as NumPyArray ?? (value is object?[] { Length: 2 } pair ? pair[1] as NumPyArray : null);

    private static bool IsTensor(object? value) => value is TorchTensor || AsArray(value) is not null;

    private static string Names(IEnumerable<string> names)
    {
        var first = names.Take(11).ToArray();
        return string.Join(", ", first.Take(10).Select(n => $"'{(n.Length > 60 ? n[..60] + "…" : n)}'")) + (first.Length > 10 ? ", …" : "");
    }
}
