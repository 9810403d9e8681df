using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>A row with the key of its label.</summary>
internal sealed class LabelRow(LabelBinding binding, DataViewRow input, bool isActive) : DataViewRow
{
    public override DataViewSchema Schema => binding.OutputSchema;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => RowContract.IndexOf(column, Schema) is var index
        && index < binding.InputSchema.Count ? input.IsColumnActive(input.Schema[index]) : isActive;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (RowContract.IndexOf(column, Schema) is var index && index < binding.InputSchema.Count) return input.GetGetter<TValue>(input.Schema[index]);
        if (!isActive) throw new InvalidOperationException($"The column '{column.Name}' was not asked for when the row was made.");
        return binding.Getter(input) as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"The column '{column.Name}' holds {column.Type}, UInt32 in C#; it was asked for as {typeof(TValue).Name}.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) input.Dispose();
        base.Dispose(disposing);
    }
}
