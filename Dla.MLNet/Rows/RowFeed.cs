using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Reads the source's rows into the slots of a pipeline. It knows nothing of the cursor above, so that an abandoned one can be collected.</summary>
internal sealed class RowFeed : IDisposable
{
    private readonly DataViewRowCursor _source;
    private readonly ValueGetter<DataViewRowId> _id;
    private readonly ColumnBuffer?[] _buffers;
    private long _row;

    /// <param name="source">The source's cursor.</param>
    /// <param name="active">Which of its columns are asked for.</param>
    /// <param name="imageColumn">The one that holds the images.</param>
    /// <param name="capacity">Rows in flight.</param>
    public RowFeed(DataViewRowCursor source, ReadOnlySpan<bool> active, int imageColumn, int capacity)
    {
        (_source, _id) = (source, source.GetIdGetter());
        _buffers = new ColumnBuffer?[active.Length];
        for (var i = 0; i < active.Length; i++)
            if (active[i] || i == imageColumn) _buffers[i] = ColumnBuffer.Create(source, source.Schema[i], capacity);
        Images = ImageColumn.Of(_buffers[imageColumn]!);
    }

    /// <summary>The images of the rows in the slots.</summary>
    public ImageColumn Images { get; }

    /// <summary>Reads the next row; false at the end.</summary>
    public bool Fill(RowSlot slot)
    {
        if (!_source.MoveNext()) return false;
        foreach (var buffer in _buffers) buffer?.Capture(slot.Index);
        var id = default(DataViewRowId);
        _id(ref id);
        (slot.Id, slot.Batch, slot.Row) = (id, _source.Batch, _row++);
        return true;
    }

    public Delegate Getter(int column, Func<RowSlot> current) => _buffers[column]!.Getter(current);

    public void Dispose() => _source.Dispose();
}
