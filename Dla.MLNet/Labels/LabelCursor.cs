using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>A cursor over rows with the keys of their labels.</summary>
internal sealed class LabelCursor(LabelBinding binding, DataViewRowCursor source, IReadOnlyCollection<DataViewSchema.Column> columns)
    : WideningCursor(binding.OutputSchema, source, Active(binding, columns))
{
    private readonly DataViewRow _row = binding.GetRow(source, columns);

    protected override ValueGetter<TValue> Getter<TValue>(DataViewSchema.Column column) => _row.GetGetter<TValue>(column);

    private static bool[] Active(LabelBinding binding, IReadOnlyCollection<DataViewSchema.Column> columns)
    {
        var active = new bool[binding.OutputSchema.Count];
        foreach (var column in columns) active[RowContract.IndexOf(column, binding.OutputSchema)] = true;
        return active;
    }
}
