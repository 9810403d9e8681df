using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Objects that someone must dispose, such as <see cref="MLImage"/>.</summary>
/// <remarks>
/// In ML.NET the caller of a getter holds the object, and hands it back with the next call, where the source decides: LoadImages disposes it, a view of
/// objects in memory does not. This buffer keeps to that. A row's object goes to whoever asks for it; what the asker hands back, and what nobody asked for,
/// goes back to the source's getter with a later row. Nothing is disposed here.
/// </remarks>
internal sealed class OwnedBuffer<T>(DataViewRow row, DataViewSchema.Column column, int capacity) : ColumnBuffer where T : class
{
    private readonly ValueGetter<T> _source = row.GetGetter<T>(column);
    private readonly T?[] _values = new T?[capacity], _handedBack = new T?[capacity];
    private readonly bool[] _given = new bool[capacity];

    public T? this[int slot] => _values[slot];

    public override void Capture(int slot)
    {
        var value = _given[slot] ? _handedBack[slot] : _values[slot];
        (_handedBack[slot], _given[slot]) = (null, false);
        _source(ref value!);
        _values[slot] = value;
    }

    public override Delegate Getter(Func<RowSlot> current) => (ValueGetter<T>)((ref T value) =>
    {
        var slot = current().Index;
        if (!_given[slot]) (_given[slot], _handedBack[slot]) = (true, value);
        value = _values[slot]!;
    });
}
