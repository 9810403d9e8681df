using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.Finetune;

/// <summary>The column of classes that the trainer learns.</summary>
internal static class TrainedLabels
{
    /// <summary>What is said about a column that holds no labels.</summary>
    public const string Expected = "labels are expected: text, or a key (MapValueToKey makes one).";

    /// <summary>Checks that a shape has a column of labels.</summary>
    /// <returns>Whether they are text.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The column is absent or holds no labels.</exception>
    public static bool IsText(SchemaShape shape, string name)
    {
        var column = shape.Where(c => c.Name == name).Cast<SchemaShape.Column?>().FirstOrDefault()
            ?? throw new ArgumentOutOfRangeException(nameof(shape), $"There is no column '{name}'; " +
                $"the data has {string.Join(", ", shape.Select(c => c.Name))}. Set LabelColumnName to the one that holds the classes.");
        var isScalar = column.Kind == SchemaShape.Column.VectorKind.Scalar;
        if (isScalar && column.IsKey) return false;
        return isScalar && column.ItemType is TextDataViewType
            ? true
            : throw new ArgumentOutOfRangeException(nameof(shape),
                $"The column '{name}' holds {(isScalar ? "" : "vectors of ")}{column.ItemType}; {Expected}");
    }
}
