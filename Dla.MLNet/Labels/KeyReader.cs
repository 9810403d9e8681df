using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Reads the names behind a key column, whatever number type its keys have.</summary>
internal static class KeyReader
{
    private static readonly MethodInfo Method = typeof(KeyReader).GetMethod(nameof(Values), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>Gives the name of the current row's key, or <see langword="null"/> for the missing key.</summary>
    public static Func<ReadOnlyMemory<char>?> Names(DataViewRow row, DataViewSchema.Column column)
    {
        var names = NamesOf(column).Select(n => n.AsMemory()).ToArray();
        var key = Keys(row, column);
        return () => key() is > 0 and var k && k <= (ulong)names.Length ? names[k - 1] : default(ReadOnlyMemory<char>?);   // plain null would be an empty text
    }

    /// <summary>
    /// The names behind the keys 1, 2, …: the column's key values, text or numbers. Without any, the numbers 0, 1, … that ML.NET's loaders read such keys
    /// from, and that it shows them as.
    /// </summary>
    public static IReadOnlyList<string> NamesOf(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull("KeyValues")?.Type is VectorDataViewType { ItemType: var type })
            return (string[])Method.MakeGenericMethod(type.RawType).Invoke(null, BindingFlags.DoNotWrapExceptions, binder: null, [column], culture: null)!;
        return [.. Enumerable.Range(0, column.Type is KeyDataViewType { Count: <= int.MaxValue and var count } ? (int)count : 0)
            .Select(k => k.ToString(CultureInfo.InvariantCulture))];
    }

    private static string[] Values<T>(DataViewSchema.Column column)
    {
        VBuffer<T> values = default;
        column.GetKeyValues(ref values);
        return [.. values.DenseValues().Select(v => Convert.ToString(v, CultureInfo.InvariantCulture) ?? "")];
    }

    private static Func<ulong> Keys(DataViewRow row, DataViewSchema.Column column) => column.Type.RawType switch
    {
        var t when t == typeof(byte) => Read<byte>(row, column, v => v),
        var t when t == typeof(ushort) => Read<ushort>(row, column, v => v),
        var t when t == typeof(ulong) => Read<ulong>(row, column, v => v),
        _ => Read<uint>(row, column, v => v),
    };

    private static Func<ulong> Read<T>(DataViewRow row, DataViewSchema.Column column, Func<T, ulong> widen)
    {
        var (getter, value) = (row.GetGetter<T>(column), default(T)!);
        return () =>
        {
            getter(ref value);
            return widen(value);
        };
    }
}
