using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>Numbers, keys, text and the like, which are copied by assignment.</summary>
internal sealed class ValueBuffer<T>(DataViewRow row, DataViewSchema.Column column, int capacity) : ColumnBuffer
{
    private readonly ValueGetter<T> _source = row.GetGetter<T>(column);
    private readonly T[] _values = new T[capacity];

    public T this[int slot] => _values[slot];

    public override void Capture(int slot) => _source(ref _values[slot]);

    public override Delegate Getter(Func<RowSlot> current) => (ValueGetter<T>)((ref T value) => value = _values[current().Index]);
}
