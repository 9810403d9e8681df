using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;

namespace Dla.MLNet.Bridge;

/// <summary>
/// A data view that ML.NET's walk back through a pipeline sees as a step. <c>ConvertToOnnx</c> takes a view that is none for the source of the data, and
/// leaves everything before it out of the ONNX model without a word.
/// </summary>
/// <param name="source">The data before this step.</param>
public abstract class PipelineView(IDataView source) : IDataView, ITransformCanSaveOnnx
{
    /// <inheritdoc/>
    public abstract DataViewSchema Schema { get; }

    /// <inheritdoc/>
    public bool CanShuffle => Source.CanShuffle;

    /// <summary>Why this step has no ONNX nodes, and what to do instead.</summary>
    protected abstract string OnnxRefusal { get; }

    /// <summary>The data before this step.</summary>
    protected IDataView Source { get; } = source;

    IDataView IDataTransform.Source => Source;

    /// <inheritdoc/>
    public long? GetRowCount() => Source.GetRowCount();

    /// <inheritdoc/>
    public abstract DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null);

    /// <inheritdoc/>
    public abstract DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null);

    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => throw new NotSupportedException(OnnxRefusal);

    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx) => throw new NotSupportedException(OnnxRefusal);

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException("A data view of this library cannot be saved. Save its transformer.");
}
