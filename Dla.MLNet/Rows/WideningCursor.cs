using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>The source's rows, one for one, under a wider schema.</summary>
internal abstract class WideningCursor(DataViewSchema schema, DataViewRowCursor source, bool[] active) : DataViewRowCursor
{
    private bool _disposed;

    public sealed override DataViewSchema Schema => schema;

    public sealed override long Position => source.Position;

    public sealed override long Batch => source.Batch;

    public sealed override bool MoveNext() => source.MoveNext();

    public sealed override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

    public sealed override bool IsColumnActive(DataViewSchema.Column column) => active[RowContract.IndexOf(column, schema)];

    public sealed override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => IsColumnActive(column)
        ? Getter<TValue>(column)
        : throw new InvalidOperationException($"The column '{column.Name}' was not asked for when the cursor was opened.");

    /// <summary>The getter of a column that was asked for.</summary>
    protected abstract ValueGetter<TValue> Getter<TValue>(DataViewSchema.Column column);

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed) source.Dispose();
        _disposed = true;
        base.Dispose(disposing);
    }
}
