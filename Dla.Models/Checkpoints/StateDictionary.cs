namespace Dla.Models;

/// <summary>Finds the weights in what a pickle holds: they are all of it, or one part of a trainer's checkpoint.</summary>
/// <param name="Part">The part's name; <see langword="null"/> where the weights are all of it.</param>
/// <param name="Entries">The entries by name, of which one or more are tensors.</param>
internal sealed record StateDictionary(string? Part, Dictionary<string, object?> Entries)
{
    /// <summary>In timm's order: the averaged weights, which are those meant for use, before the last step's.</summary>
    public static readonly string[] Parts = ["state_dict_ema", "model_ema", "state_dict", "model"];

    /// <param name="file">For messages.</param>
    /// <param name="root">The pickle's value.</param>
    /// <param name="isTensor">Whether a value is a tensor of the file's format.</param>
    /// <exception cref="CheckpointException">
    /// The pickle is not a dictionary, or has no tensors, or several parts of unknown names have, or a tensor has no name that can be read.
    /// </exception>
    public static StateDictionary Find(CheckpointFile file, object? root, Predicate<object?> isTensor)
    {
        if (root is not PickleDictionary dictionary) throw file.Error("holds no dictionary of tensors. " +
            "A whole saved model must be saved again as its state_dict.");
        var entries = dictionary.ByName();
        foreach (var part in Parts)
            if (entries.GetValueOrDefault(part) is PickleDictionary known && known.Any(isTensor))
                return new StateDictionary(part, Named(file, known, isTensor));
        var top = dictionary.Items.Count(i => isTensor(i.Value));
        var seen = new HashSet<PickleDictionary>(ReferenceEqualityComparer.Instance);   // each is looked through once, however often it occurs
        var candidates = entries.Where(e => e.Value is PickleDictionary d && seen.Add(d) && d.Any(isTensor)).ToList();
        // A trainer may put a few tensors of its own, such as the best accuracy, beside the weights.
        if (candidates is [{ Value: PickleDictionary only } named] && only.Items.Count(i => isTensor(i.Value)) > top)
            return new StateDictionary(named.Key, Named(file, only, isTensor));
        if (top > 0) return new StateDictionary(null, Named(file, dictionary, isTensor));
        throw file.Error(candidates.Count > 1
            ? $"has several dictionaries of tensors ({Names(candidates.Select(c => c.Key))}), " +
                $"and none of a known name ({string.Join(", ", Parts)}). Save the one with the weights by itself."
            : $"is a pickle without tensors{(entries.Count > 0 ? $"; its entries are {Names(entries.Keys)}" : "")}. Save a model's state_dict.");
    }

    /// <summary>The NumPy array that Paddle saves by itself, or as (name, array).</summary>
    public static NumPyArray? AsArray(object? value) => value as NumPyArray ?? (value is object?[] { Length: 2 } pair ? pair[1] as NumPyArray : null);

    /// <summary>The entries by name, of a dictionary that is taken for the weights: none of its tensors may be lost.</summary>
    private static Dictionary<string, object?> Named(CheckpointFile file, PickleDictionary dictionary, Predicate<object?> isTensor)
    {
        foreach (var (key, value) in dictionary.Items)
        {
            if (key is PickleText { Value: not null } || !isTensor(value)) continue;
            throw file.Error(key is PickleText { Bytes.Length: > CheckpointLimits.NameLength and var length }
                ? $"has a tensor name of {length:N0} bytes; at most {CheckpointLimits.NameLength:N0} are read."
                : "has a tensor whose name is not text in UTF-8. Give it a name, and save again.");
        }
        return dictionary.ByName();
    }

    private static string Names(IEnumerable<string> names)
    {
        var first = names.Take(11).ToArray();
        return string.Join(", ", first.Take(10).Select(n => $"'{(n.Length > 60 ? n[..60] + "…" : n)}'")) + (first.Length > 10 ? ", …" : "");
    }
}
