using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Maps labels to keys by class name. Made by <see cref="DlaTransforms.MapLabels(TransformsCatalog, DlaLabelOptions)"/>.</summary>
public sealed class DlaLabelEstimator : IEstimator<DlaLabelTransformer>
{
    private readonly DlaLabelOptions _options;

    internal DlaLabelEstimator(DlaLabelOptions options)
    {
        _ = new ClassNameIndex(options.ClassNames, options.UnknownLabel);
        _options = options with { ClassNames = [.. options.ClassNames] };
    }

    /// <summary>Checks that the data has labels; reads no rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The input column is absent or holds no labels.</exception>
    public DlaLabelTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new DlaLabelTransformer(_options);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The input column is absent or holds no labels.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var column = inputSchema.Where(c => c.Name == _options.InputColumnName).Cast<SchemaShape.Column?>().FirstOrDefault()
            ?? throw new ArgumentOutOfRangeException(nameof(inputSchema),
            $"There is no column '{_options.InputColumnName}'; " +
                $"the data has {string.Join(", ", inputSchema.Select(c => c.Name))}. Name the one that holds the labels.");
        if (column.Kind != SchemaShape.Column.VectorKind.Scalar
            || !(column.ItemType is TextDataViewType || (column.IsKey && column.Annotations.Any(a => a is { Name: "KeyValues", ItemType: TextDataViewType }))))
            throw new ArgumentOutOfRangeException(nameof(inputSchema), $"The column '{_options.InputColumnName}' holds {column.ItemType}; " +
                "labels are expected: text, or a key whose values are text.");
        return LabelBinding.AddColumn(inputSchema, _options.OutputColumnName, _options.ClassNames);
    }
}
