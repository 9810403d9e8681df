namespace Dla.MLNet;

/// <summary>Finds a class by its name.</summary>
internal sealed class ClassNameIndex
{
    private readonly Dictionary<string, uint> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, uint>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly HashSet<string> _ambiguous = new(StringComparer.Ordinal);
    private readonly UnknownLabelHandling _unknown;

    public ClassNameIndex(IReadOnlyList<string> names, UnknownLabelHandling unknown)
    {
        if (names.Count == 0) throw new ArgumentException("The model card names no classes, " +
            "so labels cannot be matched by name. Give the class names.", nameof(names));
        (Names, _unknown) = (names, unknown);
        for (var i = 0; i < names.Count; i++)
            if (!_keys.TryAdd(names[i], (uint)i + 1)) _ambiguous.Add(names[i]);
        _lookup = _keys.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>The class's key, from 1; 0 for an unknown one where that is allowed.</summary>
    /// <exception cref="FormatException">No class has the name, or several have.</exception>
    public uint KeyOf(ReadOnlySpan<char> name, long row)
    {
        if (!_lookup.TryGetValue(name, out var key))
            return _unknown == UnknownLabelHandling.Missing ? 0u : throw new FormatException(
                $"Row {row:N0}: the label '{name}' is none of the model's {Names.Count} classes " +
                    $"({string.Join(", ", Names.Take(3))}{(Names.Count > 3 ? ", …" : "")}). " +
                "Correct it, or ask for UnknownLabelHandling.Missing.");
        if (_ambiguous.Count > 0 && _ambiguous.Contains(Names[(int)key - 1]))
            throw new FormatException($"Row {row:N0}: the model has several classes called '{name}', numbers " +
                $"{string.Join(", ", Names.Select((n, i) => (n, i)).Where(c => c.n == Names[(int)key - 1]).Select(c => c.i))}, " +
                    "so the label does not tell which. Give the classes different names.");
        return key;
    }
}
