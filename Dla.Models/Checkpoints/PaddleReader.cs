namespace Dla.Models;

/// <summary>Reads PaddlePaddle's <c>.pdparams</c>: a pickled dictionary of NumPy arrays.</summary>
internal static class PaddleReader
{
    /// <summary>Arrays of a gigabyte and more are split over several entries, and this one says how.</summary>
    private const string SplitArrays = "UnpackBigParamInfor@@";

    public static CheckpointContent Read(CheckpointFile file, PickleDictionary root)
    {
        var weights = StateDictionary.Find(file, root, value => StateDictionary.AsArray(value) is not null);
        var content = new CheckpointContent(CheckpointFormat.Paddle) { Part = weights.Part };
        var opened = new Dictionary<PickleBytes, StoredBytes>(ReferenceEqualityComparer.Instance);   // opening text counts it, and arrays may share theirs
        var arrays = weights.Entries
            .Select(e => (e.Key, Array: StateDictionary.AsArray(e.Value)))
            .Where(e => e.Array is not null)
            .ToDictionary(e => e.Key, e => Declare(file, e.Key, e.Array!, opened), StringComparer.Ordinal);
        if (weights.Entries.GetValueOrDefault(SplitArrays) is PickleDictionary splits) Join(file, arrays, splits);
        if (arrays.Count > CheckpointLimits.Tensors) throw file.Error($"has more than {CheckpointLimits.Tensors:N0} tensors.");
        content.Tensors.AddRange(arrays.Values.Select(d => d.Check(file)));
        return content;
    }

    private static TensorDeclaration Declare(CheckpointFile file, string name, NumPyArray array, Dictionary<PickleBytes, StoredBytes> opened)
    {
        if (array is not { Type: { } type, Values: { } values }) throw file.Error($"is damaged: array '{name}' has no values.");
        var format = NumberFormat.OfNumPy(type.Code) ?? throw file.Error($"has array '{name}' of NumPy type '{type.Code}', which is not read.");
        if (!opened.TryGetValue(values, out var bytes)) opened[values] = bytes = values.Open(file);
        var count = array.Shape.Aggregate((Int128)format.Size, (a, b) => Int128.Min(a, long.MaxValue) * b);
        if (count != bytes.Length) throw file.Error($"is damaged: array '{name}' of shape " +
            $"[{string.Join(", ", array.Shape)}] needs {count:N0} bytes and has {bytes.Length:N0}.");
        var declaration = new TensorDeclaration(name, format, array.Shape, bytes) { BigEndian = type.BigEndian };
        if (array.Axes is { } axes)
        {
            var strides = StoredView.RowMajor(array.Shape);
            return declaration with { Shape = Array.ConvertAll(axes, a => array.Shape[a]), Strides = Array.ConvertAll(axes, a => strides[a]) };
        }
        return array.Fortran ? declaration with { Strides = ColumnMajor(array.Shape) } : declaration;
    }

    private static long[] ColumnMajor(long[] shape)
    {
        long[] reversed = [.. shape.Reverse()];
        return [.. StoredView.RowMajor(reversed).Reverse()];
    }

    private static void Join(CheckpointFile file, Dictionary<string, TensorDeclaration> arrays, PickleDictionary splits)
    {
        foreach (var (name, value) in splits.ByName())
        {
            var info = (value as PickleDictionary)?.ByName();
            if (info?.GetValueOrDefault("slices") is not List<object?> slices
                || info.GetValueOrDefault("OriginShape") is not object?[] { Length: <= CheckpointLimits.Rank } sizes
                || !Array.TrueForAll(sizes, s => s is long))
                throw file.Error($"is damaged: it does not say what the array '{name}' is put together from.");
            var parts = new List<TensorDeclaration>();
            foreach (var slice in slices)
            {
                if (slice is not PickleText { Value: { } key } || !arrays.Remove(key, out var part))
                    throw file.Error($"is damaged: it lacks a piece of the array '{name}'.");
                parts.Add(part);
            }
            if (parts.Count == 0 || parts.Exists(p => p.Format != parts[0].Format || p.BigEndian != parts[0].BigEndian || p.Shape.Length != 1))
                throw file.Error($"is damaged: the pieces of the array '{name}' are not flat arrays of one number format.");
            arrays[name] = new TensorDeclaration(name, parts[0].Format, Array.ConvertAll(sizes, s => (long)s!),
                new ConcatenatedBytes([.. parts.Select(p => p.Bytes)])) { BigEndian = parts[0].BigEndian };
        }
    }
}
