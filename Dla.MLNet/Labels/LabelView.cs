using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>A data view with the keys of its labels.</summary>
internal sealed class LabelView(LabelBinding binding, IDataView source) : IDataView
{
    public DataViewSchema Schema => binding.OutputSchema;

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var columns = columnsNeeded.ToList();
        return new LabelCursor(binding, source.GetRowCursor(binding.GetDependencies(columns), CanShuffle ? rand : null), columns);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var columns = columnsNeeded.ToList();
        return Array.ConvertAll(source.GetRowCursorSet(binding.GetDependencies(columns), n, CanShuffle ? rand : null),
            c => (DataViewRowCursor)new LabelCursor(binding, c, columns));
    }
}
