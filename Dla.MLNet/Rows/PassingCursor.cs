using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>A cursor for when none of the output columns is asked for: the source's, under the wider schema.</summary>
internal sealed class PassingCursor(ImageBinding binding, DataViewRowCursor source, bool[] active) : DataViewRowCursor
{
    private bool _disposed;

    public override DataViewSchema Schema => binding.Output;

    public override long Position => source.Position;

    public override long Batch => source.Batch;

    public override bool MoveNext() => source.MoveNext();

    public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => active[column.Index]
        ? source.GetGetter<TValue>(source.Schema[column.Index])
        : throw new InvalidOperationException($"The column '{column.Name}' was not asked for when the cursor was opened.");

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed) source.Dispose();
        _disposed = true;
        base.Dispose(disposing);
    }
}
