using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

/// <summary>What the contract of <c>IRowToRowMapper.GetRow</c> says beside the values.</summary>
internal static class RowMappers
{
    /// <param name="mapper">A mapper made for the schema of <paramref name="data"/>.</param>
    /// <param name="data">Data with a row or more.</param>
    /// <param name="other">Data of another schema.</param>
    public static void Check(IRowToRowMapper mapper, IDataView data, IDataView other)
    {
        using var cursor = data.GetRowCursor(data.Schema);
        var input = new Watched(cursor);
        mapper.GetRow(input, mapper.OutputSchema).Dispose();
        Assert.True(input.IsDisposed);
        using var strange = other.GetRowCursor(other.Schema);
        Assert.Contains("another schema", Assert.Throws<ArgumentException>(() => mapper.GetRow(strange, mapper.OutputSchema)).Message,
            StringComparison.Ordinal);
    }

    private sealed class Watched(DataViewRow row) : DataViewRow
    {
        public bool IsDisposed { get; private set; }

        public override DataViewSchema Schema => row.Schema;

        public override long Position => row.Position;

        public override long Batch => row.Batch;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => row.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => row.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => row.IsColumnActive(column);

        protected override void Dispose(bool disposing)
        {
            IsDisposed |= disposing;
            base.Dispose(disposing);
        }
    }
}
