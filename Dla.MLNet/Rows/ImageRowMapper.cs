using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Works on the image of one row at a time: what <c>PredictionEngine</c> runs.</summary>
internal sealed class ImageRowMapper(ImageBinding binding) : IRowToRowMapper
{
    public DataViewSchema InputSchema => binding.Input;

    public DataViewSchema OutputSchema => binding.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) => binding.Needs(dependingColumns).Columns;

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        RowContract.RequireSchema(input, InputSchema);
        return new ImageRow(binding, input, binding.Needs(activeColumns).Active);
    }
}
