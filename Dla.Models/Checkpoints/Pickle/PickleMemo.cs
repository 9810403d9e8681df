namespace Dla.Models;

/// <summary>The values that a pickle remembers, by the indices that it chooses itself.</summary>
/// <remarks>
/// Real pickles count their indices up from 0. Those are places of an array. Any others are kept in a tree: a hash table's buckets can be chosen by
/// whoever chooses the indices, so that every lookup walks through all values.
/// </remarks>
internal sealed class PickleMemo
{
    /// <summary>Indices below this are places of an array, of at most 4 MB.</summary>
    private const int Dense = 1 << 19;

    private readonly SortedDictionary<uint, object?> _sparse = [];
    private object?[] _dense = new object?[256];

    private static readonly object Absent = new();

    public PickleMemo() => Array.Fill(_dense, Absent);

    /// <summary>Number of values remembered; a value that replaces another counts once.</summary>
    public int Count { get; private set; }

    public void Set(uint index, object? value)
    {
        if (index >= Dense)
        {
            if (_sparse.TryAdd(index, value)) Count++;
            else _sparse[index] = value;
            return;
        }
        if (index >= _dense.Length) Grow((int)index);
        if (_dense[index] == Absent) Count++;
        _dense[index] = value;
    }

    public bool TryGet(uint index, out object? value)
    {
        if (index >= Dense) return _sparse.TryGetValue(index, out value);
        value = index < _dense.Length ? _dense[index] : Absent;
        return value != Absent;
    }

    private void Grow(int index)
    {
        var before = _dense.Length;
        Array.Resize(ref _dense, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)index + 1));
        _dense.AsSpan(before).Fill(Absent);
    }
}
