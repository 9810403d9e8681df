using Dla.MLNet.Bridge;
using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>A data view with the keys of its labels.</summary>
internal sealed class LabelView(LabelBinding binding, IDataView source) : PipelineView(source)
{
    public override DataViewSchema Schema => binding.OutputSchema;

    protected override string OnnxRefusal => $"{nameof(DlaTransforms.MapLabels)} cannot be converted to ONNX. It serves to evaluate: leave it out of the " +
        "pipeline that is converted.";

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var columns = columnsNeeded.ToList();
        return new LabelCursor(binding, Source.GetRowCursor(binding.GetDependencies(columns), CanShuffle ? rand : null), columns);
    }

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var columns = columnsNeeded.ToList();
        return Array.ConvertAll(Source.GetRowCursorSet(binding.GetDependencies(columns), n, CanShuffle ? rand : null),
            c => (DataViewRowCursor)new LabelCursor(binding, c, columns));
    }
}
