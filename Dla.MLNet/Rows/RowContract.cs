using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>What <c>IRowToRowMapper.GetRow</c> asks of its input.</summary>
internal static class RowContract
{
    /// <exception cref="ArgumentException">The row is of another schema than the mapper was made for.</exception>
    public static void RequireSchema(DataViewRow input, DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Schema != schema) throw new ArgumentException("The row is of another schema than the mapper was made for.", nameof(input));
    }
}
