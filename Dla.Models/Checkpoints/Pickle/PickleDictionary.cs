namespace Dla.Models;

/// <summary>A dictionary of a pickle, with entries in the order in which they were set.</summary>
internal sealed class PickleDictionary
{
    private readonly List<KeyValuePair<object?, object?>> _items = [];

    public IReadOnlyList<KeyValuePair<object?, object?>> Items => _items;

    public void Set(object? key, object? value) => _items.Add(new(key, value));

    /// <summary>Whether a value, under whatever key, has a property.</summary>
    public bool Any(Predicate<object?> has) => _items.Exists(i => has(i.Value));

    /// <summary>The entries with text keys; of one that was set twice, the last value in the first place, as in Python.</summary>
    public Dictionary<string, object?> ByName()
    {
        var result = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (key, value) in _items)
            if (key is PickleText { Value: { } name }) result[name] = value;
        return result;
    }
}
