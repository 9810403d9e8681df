using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Maps the label of one row to its key, and works on the row's image.</summary>
internal sealed class LabelledRowMapper(LabelBinding labels, ImageBinding images) : IRowToRowMapper
{
    public DataViewSchema InputSchema => labels.InputSchema;

    public DataViewSchema OutputSchema => images.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        labels.GetDependencies(images.Needs(dependingColumns).Columns);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        RowContract.RequireSchema(input, InputSchema);
        var (columns, active, _) = images.Needs(activeColumns);
        return new ImageRow(images, labels.GetRow(input, columns), active);
    }
}
