using Dla.MLNet.Bridge;
using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>A data view with the output columns next to those of its source. Nothing is read before a cursor moves.</summary>
internal sealed class ImageView(ImageBinding binding, IDataView source) : PipelineView(source)
{
    public override DataViewSchema Schema => binding.Output;

    protected override string OnnxRefusal => $"{binding.Step} cannot be converted to ONNX: it reads and decodes images, for which ONNX has no operators. " +
        (binding.Step == nameof(DlaTransforms.PreprocessImages)
            ? "Convert the steps after it only, and give the ONNX model the pixels."
            : "Use the model's own ONNX file, which takes the pixels that PreprocessImages gives. It is also in ML.NET's zip, as Model.onnx.");

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var (columns, active, works) = binding.Needs(columnsNeeded);
        rand = CanShuffle ? rand : null;
        return works
            ? Open(columns, active, rand)
            : new PassingCursor(binding, Source.GetRowCursor(columns, rand), active);
    }

    /// <summary>One cursor when images are worked on: it uses all processors by itself. Else as many as the source gives.</summary>
    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var (columns, active, works) = binding.Needs(columnsNeeded);
        rand = CanShuffle ? rand : null;
        return works
            ? [Open(columns, active, rand)]
            : Array.ConvertAll(Source.GetRowCursorSet(columns, n, rand), c => (DataViewRowCursor)new PassingCursor(binding, c, active));
    }

    private ImageCursor Open(List<DataViewSchema.Column> columns, bool[] active, Random? rand)
    {
        var rows = OpenSource(columns, rand);
        try
        {
            return new ImageCursor(binding, rows, active, Source.GetRowCount() == 1);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>A cursor of the source that reads nothing ahead: stock transforms put splitting, buffering ones behind <c>GetRowCursor</c>.</summary>
    private DataViewRowCursor OpenSource(List<DataViewSchema.Column> columns, Random? rand)
    {
        var cursors = Source.GetRowCursorSet(columns, 1, rand);
        if (cursors is [var only]) return only;
        foreach (var cursor in cursors) cursor.Dispose();
        return Source.GetRowCursor(columns, rand);
    }
}
