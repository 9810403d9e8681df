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
            PickleGlobalKind.Bytes => Bytes(global, a),
            PickleGlobalKind.Encode =>
                a is [PickleText text, PickleText encoding] && IsLatin(encoding) ? text.Bytes : throw Malformed(global),
            PickleGlobalKind.RebuildTensor => Tensor(global, a),
            PickleGlobalKind.RebuildParameter => a is [TorchTensor tensor, ..] ? tensor : throw Malformed(global),
            PickleGlobalKind.NumPyReconstruct => a is [PickleGlobal { Kind: PickleGlobalKind.NumPyArray }, ..] ? new NumPyArray() : throw Malformed(global),
            PickleGlobalKind.NumPyFromBuffer => FromBuffer(global, a),
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
                array.Values = Bytes(s[4]) ?? throw Error("has a NumPy array of something else than numbers");
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

    /// <summary>bytes() and bytearray(): nothing, bytes, or text in latin-1 as protocol 2 has it.</summary>
    private PickleBytes Bytes(PickleGlobal global, object?[] a) => a switch
    {
        [] => new PickleBytes(0, 0, Utf8: false),
        [PickleBytes bytes] => bytes,
        [PickleText text, PickleText encoding] when IsLatin(encoding) => text.Bytes,
        _ => throw Malformed(global),
    };

    private static PickleBytes? Bytes(object? value) => value as PickleBytes ?? (value as PickleText)?.Bytes;

    /// <summary>Bytes, number format, shape and order: C, F, or K with the axes of the array that the bytes are in C order of.</summary>
    private NumPyArray FromBuffer(PickleGlobal global, object?[] a)
    {
        if (a is not [var buffer, NumPyType type, var shape, var order, ..] || Bytes(buffer) is not { } values || Longs(shape) is not { } sizes)
            throw Malformed(global);
        var axes = a.Length == 5 ? Longs(a[4]) : null;
        return Text(order) switch
        {
            "C" when a.Length == 4 || a[4] is null => new NumPyArray { Shape = sizes, Type = type, Values = values },
            "F" when a.Length == 4 || a[4] is null => new NumPyArray { Shape = sizes, Type = type, Values = values, Fortran = true },
            "K" when axes is not null && axes.Order().SequenceEqual(Enumerable.Range(0, sizes.Length).Select(i => (long)i)) =>
                new NumPyArray { Shape = sizes, Type = type, Values = values, Axes = axes },
            _ => throw Malformed(global),
        };
    }

    /// <summary>Storage, offset, shape, strides, requires_grad, hooks, and since PyTorch 2 metadata that change what the values mean.</summary>
    private TorchTensor Tensor(PickleGlobal global, object?[] a)
    {
        if (a is not [TorchStorage storage, long offset, var shape, var strides, ..] || a.Length > 7 || Longs(shape) is not { } sizes
            || Longs(strides) is not { } steps || long.MaxValue - storage.ViewOffset < offset) throw Malformed(global);
        return new TorchTensor(storage, offset + storage.ViewOffset, sizes, steps, a.Length == 7 && IsNegated(global, storage, a[6]));
    }

    /// <summary>Whether the values are the stored ones with the other sign: PyTorch's negation bit, as of the imaginary part of a conjugate.</summary>
    private bool IsNegated(PickleGlobal global, TorchStorage storage, object? metadata)
    {
        if (metadata is null) return false;
        if (metadata is not PickleDictionary dictionary) throw Malformed(global);
        var negated = false;
        foreach (var (key, value) in dictionary.Items)
        {
            switch (Text(key), value)
            {
                case ("conj" or "neg", false): break;
                case ("neg", true) when storage.Format.Type != TorchSharp.torch.ScalarType.Bool: negated = true; break;
                case ("conj", true): throw Error("has a tensor of conjugate complex numbers. Call resolve_conj() and save real numbers");
                default: throw Error($"has a tensor with metadata '{Text(key) ?? "(no text)"}', whose meaning is not known. Save its clone()");
            }
        }
        return negated;
    }

    /// <summary>A shape or strides: a short tuple of whole numbers.</summary>
    private static long[]? Longs(object? value) =>
        value is object?[] { Length: <= CheckpointLimits.Rank } items
            && Array.TrueForAll(items, i => i is long) ? Array.ConvertAll(items, i => (long)i!) : null;

    private static bool IsLatin(PickleText encoding) => encoding.Value is "latin1" or "latin-1" or "iso-8859-1";

    private static string? Text(object? value) => (value as PickleText)?.Value;

    private CheckpointException Malformed(PickleGlobal global) => Error($"applies '{global.Name}' to what it does not take");

    private CheckpointException Error(string problem) => file.Error($"is refused: its pickle {problem}.");
}
