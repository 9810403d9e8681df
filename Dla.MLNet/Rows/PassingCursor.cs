using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>A cursor for when none of the output columns is asked for: the source's, under the wider schema.</summary>
internal sealed class PassingCursor(ImageBinding binding, DataViewRowCursor source, bool[] active) : WideningCursor(binding.Output, source, active)
{
    private readonly DataViewRowCursor _source = source;

    protected override ValueGetter<TValue> Getter<TValue>(DataViewSchema.Column column) => _source.GetGetter<TValue>(_source.Schema[column.Index]);
}
