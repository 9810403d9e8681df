using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>A row in flight: its place in the buffers of the pass-through columns, and the result for its image.</summary>
internal sealed class RowSlot(int index, int length)
{
    /// <summary>Place in the column buffers.</summary>
    public int Index { get; } = index;

    /// <summary>The row's number, from 0, in the order of reading.</summary>
    public long Row { get; set; }

    public DataViewRowId Id { get; set; }

    public long Batch { get; set; }

    public ImageResult Result { get; } = new(length);
}
