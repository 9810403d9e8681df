namespace Dla.Models;

/// <summary>What the allowed names of a pickle do: one switch over tokens that makes descriptions of tensors, and nothing else.</summary>
internal sealed class PickleConstructors(CheckpointFile file, bool hasStorages = false)
{
    /// <summary>The storages that the pickle referred to, by their names in the file.</summary>
    public Dictionary<string, TorchStorage> Storages { get; } = new(StringComparer.Ordinal);

    /// <summary>A reference to a storage: ('storage', class, name, device, values, view of a storage or None).</summary>
    public TorchStorage PersistentLoad(object? id)
    {
        if (!hasStorages) throw Error("refers to something outside of itself");
        if (id is not object?[] { Length: 5 or 6 } parts || Text(parts[0]) != "storage") throw Error("refers to something that is not a storage");
        if (parts[1] is not PickleGlobal { Storage: { } format } || Text(parts[2]) is not { } key || parts[4] is not long count || count < 0)
            throw Error("refers to a storage without saying its number format, name and size");
        long offset = 0;
        if (parts.Length == 6 && parts[5] is not null)
        {
            if (parts[5] is not object?[] { Length: 3 } view || view[1] is not long viewOffset || viewOffset < 0)
                throw Error("refers to a malformed view of a storage");
            offset = viewOffset;
        }
        var storage = new TorchStorage(key, format, count, offset);
        if (!Storages.TryAdd(key, storage) && (Storages[key].Format != format || Storages[key].Count != count))
            throw Error($"gives storage '{key}' two formats or sizes");
        return storage;
    }

    public object? Apply(object? callable, object? arguments)
    {
        if (callable is not PickleGlobal global || arguments is not object?[] a) throw Error("applies something that is not a name on the allow-list");
        return global.Kind switch
        {
            PickleGlobalKind.Inert => PickleInert.Instance,
            PickleGlobalKind.Dictionary => Dictionary(a),
            PickleGlobalKind.Tuple =>
                a is [object?[] or List<object?>] ? a[0] is List<object?> list ? list.ToArray() : a[0] : a is [] ? a : throw Malformed(global),
            PickleGlobalKind.Bytes => a is [] ? new PickleBytes(0, 0, Utf8: false) : throw Malformed(global),
            PickleGlobalKind.Encode =>
                a is [PickleText text, PickleText { Value: "latin1" or "latin-1" or "iso-8859-1" }] ? text.Bytes : throw Malformed(global),
            PickleGlobalKind.RebuildTensor => Tensor(global, a),
            PickleGlobalKind.RebuildParameter => a is [TorchTensor tensor, ..] ? tensor : throw Malformed(global),
            PickleGlobalKind.NumPyReconstruct => a is [PickleGlobal { Kind: PickleGlobalKind.NumPyArray }, ..] ? new NumPyArray() : throw Malformed(global),
            PickleGlobalKind.NumPyType => a is [PickleText { Value: { } code }, ..] ? new NumPyType(code) : throw Malformed(global),
            _ => throw Malformed(global),
        };
    }

    public void Build(object? target, object? state)
    {
        switch (target)
        {
            case PickleDictionary or PickleInert or TorchTensor: break;   // attributes such as state_dict's _metadata
            case NumPyType type when state is object?[] { Length: >= 2 } s && Text(s[1]) is "<" or ">" or "|" or "=":
                type.BigEndian = Text(((object?[])state)[1]) == ">";
                break;
            case NumPyArray { Type: null } array when state is object?[] { Length: 5 } s && s[2] is NumPyType type && s[3] is bool fortran:
                array.Shape = Longs(s[1]) ?? throw Error("has a NumPy array of malformed shape");
                array.Type = type;
                array.Fortran = fortran;
                array.Values = s[4] switch
                {
                    PickleBytes bytes => bytes,
                    PickleText text => text.Bytes,
                    _ => throw Error("has a NumPy array of something else than numbers"),
                };
                break;
            default: throw Error("gives state to something that has none");
        }
    }

    private PickleDictionary Dictionary(object?[] arguments)
    {
        var dictionary = new PickleDictionary();
        if (arguments is []) return dictionary;
        if (arguments is not [List<object?> pairs]) throw Error("makes a dictionary of something else than pairs");
        foreach (var pair in pairs)
        {
            var items = pair as object?[] ?? (pair as List<object?>)?.ToArray();
            if (items is not [var key, var value]) throw Error("makes a dictionary of something else than pairs");
            dictionary.Set(key, value);
        }
        return dictionary;
    }

    private TorchTensor Tensor(PickleGlobal global, object?[] a) =>
        a is [TorchStorage storage, long offset, var shape, var strides, ..] && Longs(shape) is { } sizes && Longs(strides) is { } steps
            && long.MaxValue - storage.ViewOffset >= offset
            ? new TorchTensor(storage, offset + storage.ViewOffset, sizes, steps)
            : throw Malformed(global);

    /// <summary>A shape or strides: a short tuple of whole numbers.</summary>
    private static long[]? Longs(object? value) =>
        value is object?[] { Length: <= CheckpointLimits.Rank } items
            && Array.TrueForAll(items, i => i is long) ? Array.ConvertAll(items, i => (long)i!) : null;

    private static string? Text(object? value) => (value as PickleText)?.Value;

    private CheckpointException Malformed(PickleGlobal global) => Error($"applies '{global.Name}' to what it does not take");

    private CheckpointException Error(string problem) => file.Error($"is refused: its pickle {problem}.");
}
