using Dla.MLNet.Bridge;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>A label mapping tied to the schema of its input.</summary>
internal sealed class LabelBinding : IRowToRowMapper
{
    private readonly ClassNameIndex _classes;
    private readonly DataViewSchema.Column _labels;

    public LabelBinding(ClassNameIndex classes, string outputColumnName, string inputColumnName, DataViewSchema input)
    {
        (_classes, InputSchema) = (classes, input);
        _labels = input.GetColumnOrNull(inputColumnName) ?? throw new ArgumentOutOfRangeException(nameof(input),
            $"There is no column '{inputColumnName}'; the data has {string.Join(", ", input.Select(c => c.Name))}. Name the one that holds the labels.");
        if (!(_labels.Type is TextDataViewType || HasTextValues(_labels)))
            throw new ArgumentOutOfRangeException(nameof(input),
                $"The column '{inputColumnName}' holds {_labels.Type}; labels are expected: text, or a key whose values are text.");
        var schema = new DataViewSchema.Builder();
        schema.AddColumns(input);
        AddColumn(schema, outputColumnName, classes.Names);
        OutputSchema = schema.ToSchema();
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    public static void AddColumn(DataViewSchema.Builder schema, string name, IReadOnlyList<string> classNames)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        var values = classNames.Select(n => n.AsMemory()).ToArray();
        annotations.Add("KeyValues", new VectorDataViewType(TextDataViewType.Instance, values.Length),
            (ref VBuffer<ReadOnlyMemory<char>> names) => names = new(values.Length, [.. values]));
        schema.AddColumn(name, new KeyDataViewType(typeof(uint), values.Length), annotations.ToAnnotations());
    }

    /// <summary>The shape of data with a column of keys, which hides one of the same name.</summary>
    public static SchemaShape AddColumn(SchemaShape input, string name, IReadOnlyList<string> classNames)
    {
        var schema = new DataViewSchema.Builder();
        AddColumn(schema, name, classNames);
        return new SchemaShape([.. input.Where(c => c.Name != name), .. SchemaShapes.Of(schema.ToSchema())]);
    }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        var needed = new bool[InputSchema.Count];
        foreach (var index in dependingColumns.Select(c => RowContract.IndexOf(c, OutputSchema)))
            needed[index < needed.Length ? index : _labels.Index] = true;
        return InputSchema.Where(c => needed[c.Index]).ToList();
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        RowContract.RequireSchema(input, InputSchema);
        return new LabelRow(this, input, activeColumns.Any(c => RowContract.IndexOf(c, OutputSchema) == InputSchema.Count));
    }

    /// <summary>Reads the key of the input's current row.</summary>
    public ValueGetter<uint> Getter(DataViewRow input)
    {
        var column = input.Schema[_labels.Index];
        if (_labels.Type is TextDataViewType)
        {
            var (getText, text) = (input.GetGetter<ReadOnlyMemory<char>>(column), default(ReadOnlyMemory<char>));
            return (ref uint key) =>
            {
                getText(ref text);
                key = _classes.KeyOf(text.Span, input.Position);
            };
        }
        var name = KeyReader.Names(input, column);
        return (ref uint key) => key = name() is { } known ? _classes.KeyOf(known.Span, input.Position) : 0;
    }

    private static bool HasTextValues(DataViewSchema.Column column) => column.Type is KeyDataViewType
        && column.Annotations.Schema.GetColumnOrNull("KeyValues") is { Type: VectorDataViewType { ItemType: TextDataViewType } };
}
