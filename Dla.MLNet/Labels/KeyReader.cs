using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Reads the names behind a key column, whatever number type its keys have.</summary>
internal static class KeyReader
{
    /// <summary>Gives the name of the current row's key, or <see langword="null"/> for the missing key.</summary>
    public static Func<ReadOnlyMemory<char>?> Names(DataViewRow row, DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> values = default;
        column.GetKeyValues(ref values);
        var names = values.DenseValues().ToArray();
        var key = Keys(row, column);
        return () => key() is > 0 and var k && k <= (ulong)names.Length ? names[k - 1] : null;
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
