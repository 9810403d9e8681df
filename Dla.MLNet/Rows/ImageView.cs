using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>A data view with the output columns beside those of its source. Nothing is read before a cursor moves.</summary>
internal sealed class ImageView(ImageBinding binding, IDataView source) : IDataView
{
    public DataViewSchema Schema => binding.Output;

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var (columns, active, works) = binding.Needs(columnsNeeded);
        rand = CanShuffle ? rand : null;
        return works
            ? Open(columns, active, rand)
            : new PassingCursor(binding, source.GetRowCursor(columns, rand), active);
    }

    /// <summary>One cursor when images are worked on: it uses all processors by itself. Else as many as the source gives.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var (columns, active, works) = binding.Needs(columnsNeeded);
        rand = CanShuffle ? rand : null;
        return works
            ? [Open(columns, active, rand)]
            : Array.ConvertAll(source.GetRowCursorSet(columns, n, rand), c => (DataViewRowCursor)new PassingCursor(binding, c, active));
    }

    private ImageCursor Open(List<DataViewSchema.Column> columns, bool[] active, Random? rand)
    {
        var rows = OpenSource(columns, rand);
        try
        {
            return new ImageCursor(binding, rows, active, source.GetRowCount() == 1);
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
        var cursors = source.GetRowCursorSet(columns, 1, rand);
        if (cursors is [var only]) return only;
        foreach (var cursor in cursors) cursor.Dispose();
        return source.GetRowCursor(columns, rand);
    }
}
