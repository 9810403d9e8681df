using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>What rows, cursors and views ask of those who call them.</summary>
internal static class RowContract
{
    /// <summary>The place of a column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is of another schema.</exception>
    public static int IndexOf(DataViewSchema.Column column, DataViewSchema schema) =>
        column.Index < schema.Count && schema[column.Index].Name == column.Name
            ? column.Index
            : throw new ArgumentOutOfRangeException(nameof(column), $"There is no column '{column.Name}' at {column.Index} in this data.");

    /// <exception cref="ArgumentException">The row is of another schema than the mapper was made for.</exception>
    public static void RequireSchema(DataViewRow input, DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Schema != schema) throw new ArgumentException("The row is of another schema than the mapper was made for.", nameof(input));
    }
}
