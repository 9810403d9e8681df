using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>What an estimator of this library does, tied to the schema of its input.</summary>
internal sealed class ImageBinding
{
    public ImageBinding(ImageTask task, ImageReadingOptions options, ScoringMode mode, OutputColumns outputs, SingleImages singles, DataViewSchema input)
    {
        (Task, Options, Mode, Outputs, Singles, Input) = (task, options, mode, outputs, singles, input);
        ImageColumnIndex = Find(input, options.InputColumnName);
        var schema = new DataViewSchema.Builder();
        schema.AddColumns(input);
        outputs.AddTo(schema);
        Output = schema.ToSchema();
    }

    public ImageTask Task { get; }

    public ImageReadingOptions Options { get; }

    public ScoringMode Mode { get; }

    public OutputColumns Outputs { get; }

    public SingleImages Singles { get; }

    public DataViewSchema Input { get; }

    public DataViewSchema Output { get; }

    /// <summary>Where the images are among the columns of <see cref="Input"/>.</summary>
    public int ImageColumnIndex { get; }

    /// <summary>The source columns needed for these output columns, and whether images must be worked on for them.</summary>
    public (List<DataViewSchema.Column> Columns, bool[] Active, bool Works) Needs(IEnumerable<DataViewSchema.Column> wanted)
    {
        var active = new bool[Output.Count];
        foreach (var column in wanted) active[Checked(column)] = true;
        var works = active.AsSpan(Input.Count).Contains(true);
        return (Input.Where(c => active[c.Index] || works && c.Index == ImageColumnIndex).ToList(), active, works);
    }

    /// <summary>The error for a bad image, naming its row. It replaces the one given, so that whoever unwraps errors arrives at this one.</summary>
    public static ImageDecodeException BadRow(long row, string? path, ImageDecodeException error)
    {
        var cause = error.InnerException;
        while (cause is ImageDecodeException inner) cause = inner.InnerException;
        var names = path is null || error.Message.Contains(path, StringComparison.Ordinal) ? "" : $"'{path}': ";
        return new ImageDecodeException($"Row {row:N0}: {names}{error.Message} (OnBadImage " +
            "= Missing in the options goes on without such images.)", cause) { Path = error.Path ?? path, IsTooLarge = error.IsTooLarge };
    }

    private int Checked(DataViewSchema.Column column) => column.Index < Output.Count && Output[column.Index].Name == column.Name
        ? column.Index
        : throw new ArgumentOutOfRangeException(nameof(column), $"There is no column '{column.Name}' at {column.Index} in this data.");

    private static int Find(DataViewSchema input, string name)
    {
        if (input.GetColumnOrNull(name) is not { } column)
            throw new ArgumentOutOfRangeException(nameof(input),
                $"There is no column '{name}'; the data has {string.Join(", ", input.Select(c => c.Name))}. " +
                    "Set InputColumnName to the one that holds the images.");
        return ImageColumn.Accepts(column.Type)
            ? column.Index
            : throw new ArgumentOutOfRangeException(nameof(input), $"The column '{name}' holds {column.Type}; images are expected: {ImageColumn.Types}.");
    }
}
