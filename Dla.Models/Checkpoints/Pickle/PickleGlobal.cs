namespace Dla.Models;

/// <summary>A name in a pickle that is on the allow-list: a token that says what the file means, never a type or function.</summary>
/// <param name="Name">Module and name, as in Python.</param>
/// <param name="Kind">What the token stands for.</param>
/// <param name="Storage">The number format, of a storage class.</param>
internal sealed record PickleGlobal(string Name, PickleGlobalKind Kind, NumberFormat? Storage = null)
{
    private static readonly Dictionary<string, PickleGlobal>.AlternateLookup<ReadOnlySpan<char>> Allowed =
        Tokens().ToDictionary(t => t.Name, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The token of a name, such as <c>torch.Size</c>, or <see langword="null"/> where it is not on the list.</summary>
    public static PickleGlobal? Find(ReadOnlySpan<char> name) => Allowed.TryGetValue(name, out var token) ? token : null;

    private static IEnumerable<PickleGlobal> Tokens()
    {
        yield return new("collections.OrderedDict", PickleGlobalKind.Dictionary);
        foreach (var builtins in (string[])["builtins", "__builtin__"])
        {
            yield return new($"{builtins}.dict", PickleGlobalKind.Dictionary);
            yield return new($"{builtins}.tuple", PickleGlobalKind.Tuple);
            yield return new($"{builtins}.bytes", PickleGlobalKind.Bytes);
            yield return new($"{builtins}.bytearray", PickleGlobalKind.Bytes);
            foreach (var type in (string[])["set", "frozenset", "list", "int", "float", "bool", "str"])
                yield return new($"{builtins}.{type}", PickleGlobalKind.Inert);
        }
        yield return new("_codecs.encode", PickleGlobalKind.Encode);

        yield return new("torch._utils._rebuild_tensor", PickleGlobalKind.RebuildTensor);
        yield return new("torch._utils._rebuild_tensor_v2", PickleGlobalKind.RebuildTensor);
        yield return new("torch._utils._rebuild_parameter", PickleGlobalKind.RebuildParameter);
        yield return new("torch._utils._rebuild_parameter_with_state", PickleGlobalKind.RebuildParameter);
        yield return new("torch.Size", PickleGlobalKind.Tuple);
        foreach (var name in NumberFormat.StorageNames)
            yield return new($"torch.{name}", PickleGlobalKind.Storage, NumberFormat.OfStorage(name));

        foreach (var core in (string[])["numpy.core", "numpy._core"])
        {
            yield return new($"{core}.multiarray._reconstruct", PickleGlobalKind.NumPyReconstruct);
            yield return new($"{core}.multiarray.scalar", PickleGlobalKind.Inert);
            yield return new($"{core}.numeric._frombuffer", PickleGlobalKind.NumPyFromBuffer);
        }
        yield return new("numpy.ndarray", PickleGlobalKind.NumPyArray);
        yield return new("numpy.dtype", PickleGlobalKind.NumPyType);

        // What trainers save beside the weights: settings, counters, devices. Read over, never used.
        yield return new("argparse.Namespace", PickleGlobalKind.Inert);
        yield return new("collections.defaultdict", PickleGlobalKind.Inert);
        yield return new("collections.Counter", PickleGlobalKind.Inert);
        yield return new("torch.device", PickleGlobalKind.Inert);
        foreach (var type in (string[])["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"])
            yield return new($"torch.{type}", PickleGlobalKind.Inert);
    }
}
