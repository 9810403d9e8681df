using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>A source column's values of the rows in flight.</summary>
internal abstract class ColumnBuffer
{
    /// <summary>A buffer for a column of any type.</summary>
    /// <param name="row">The source cursor.</param>
    /// <param name="column">An active column of it.</param>
    /// <param name="capacity">Rows in flight.</param>
    public static ColumnBuffer Create(DataViewRow row, DataViewSchema.Column column, int capacity)
    {
        var type = column.Type.RawType;
        var isVector = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>);
        var buffer = isVector ? typeof(VectorBuffer<>).MakeGenericType(type.GetGenericArguments())
            : typeof(IDisposable).IsAssignableFrom(type) && !type.IsValueType ? typeof(OwnedBuffer<>).MakeGenericType(type)
            : typeof(ValueBuffer<>).MakeGenericType(type);
        return (ColumnBuffer)Activator.CreateInstance(buffer, BindingFlags.Public | BindingFlags.Instance | BindingFlags.DoNotWrapExceptions, binder: null,
            [row, column, capacity], culture: null)!;
    }

    /// <summary>Reads the source's current value.</summary>
    public abstract void Capture(int slot);

    /// <summary>A <see cref="ValueGetter{T}"/> for the row that is current when it is called.</summary>
    public abstract Delegate Getter(Func<RowSlot> current);
}
