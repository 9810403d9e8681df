using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Vectors, which are copied.</summary>
internal sealed class VectorBuffer<T>(DataViewRow row, DataViewSchema.Column column, int capacity) : ColumnBuffer
{
    private readonly ValueGetter<VBuffer<T>> _source = row.GetGetter<VBuffer<T>>(column);
    private readonly VBuffer<T>[] _values = new VBuffer<T>[capacity];

    public ref readonly VBuffer<T> this[int slot] => ref _values[slot];

    public override void Capture(int slot) => _source(ref _values[slot]);

    public override Delegate Getter(Func<RowSlot> current) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[current().Index].CopyTo(ref value));
}
