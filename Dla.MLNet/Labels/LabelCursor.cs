using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>A cursor over rows with the keys of their labels.</summary>
internal sealed class LabelCursor : DataViewRowCursor
{
    private readonly DataViewRowCursor _source;
    private readonly DataViewRow _row;
    private readonly bool[] _active;
    private bool _disposed;

    public LabelCursor(LabelBinding binding, DataViewRowCursor source, IReadOnlyCollection<DataViewSchema.Column> columns)
    {
        (_source, _row) = (source, binding.GetRow(source, columns));
        _active = new bool[binding.OutputSchema.Count];
        foreach (var column in columns) _active[column.Index] = true;
    }

    public override DataViewSchema Schema => _row.Schema;

    public override long Position => _source.Position;

    public override long Batch => _source.Batch;

    public override bool MoveNext() => _source.MoveNext();

    public override ValueGetter<DataViewRowId> GetIdGetter() => _source.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _active[column.Index]
        ? _row.GetGetter<TValue>(column)
        : throw new InvalidOperationException($"The column '{column.Name}' was not asked for when the cursor was opened.");

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed) _source.Dispose();
        _disposed = true;
        base.Dispose(disposing);
    }
}
