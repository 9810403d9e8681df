using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Maps labels to keys by class name.</summary>
public sealed class DlaLabelTransformer : ITransformer
{
    private readonly DlaLabelOptions _options;
    private readonly ClassNameIndex _classes;

    internal DlaLabelTransformer(DlaLabelOptions options)
    {
        _options = options;
        _classes = new ClassNameIndex(options.ClassNames, options.UnknownLabel);
    }

    /// <summary>The names of the classes, in the order of the keys.</summary>
    public IReadOnlyList<string> ClassNames => _classes.Names;

    /// <summary>Whether rows can be transformed one by one: yes.</summary>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The input column is absent or holds no labels.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).OutputSchema;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The input column is absent or holds no labels.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new LabelView(Bind(input.Schema), input);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The input column is absent or holds no labels.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => Bind(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => SavedTransformer.Save(ctx, _options);

    private LabelBinding Bind(DataViewSchema input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new LabelBinding(_classes, _options.OutputColumnName, _options.InputColumnName, input);
    }
}
