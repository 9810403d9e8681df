using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>What an estimator of this library does, tied to the schema of its input.</summary>
internal sealed class ImageBinding
{
    public ImageBinding(string step, ImageTask task, ImageReadingOptions options, ScoringMode mode, OutputColumns outputs, SingleImages singles,
        DataViewSchema input)
    {
        (Step, Task, Options, Mode, Outputs, Singles, Input) = (step, task, options, mode, outputs, singles, input);
        ImageColumnIndex = Find(input, options.InputColumnName);
        var schema = new DataViewSchema.Builder();
        schema.AddColumns(input);
        outputs.AddTo(schema, ScoreColumnSets.Next(input));
        Output = schema.ToSchema();
    }

    /// <summary>What the step is called in a pipeline, such as <c>ClassifyImages</c>.</summary>
    public string Step { get; }

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
        foreach (var column in wanted) active[RowContract.IndexOf(column, Output)] = true;
        var works = active.AsSpan(Input.Count).Contains(true);
        return (Input.Where(c => active[c.Index] || works && c.Index == ImageColumnIndex).ToList(), active, works);
    }

    /// <summary>The error for a bad image, naming its row. It replaces the one given, so that whoever unwraps errors arrives at this one.</summary>
    public static ImageDecodeException BadRow(long row, string? path, ImageDecodeException error)
    {
        var cause = error.InnerException;
        while (cause is ImageDecodeException inner) cause = inner.InnerException;
        return new ImageDecodeException($"{Describe(row, path, error)} (OnBadImage = Missing in the options continues without such images.)", cause)
        {
            Path = error.Path ?? path, IsTooLarge = error.IsTooLarge,
        };
    }

    /// <summary>What is wrong with the image of a row.</summary>
    public static string Describe(long row, string? path, ImageDecodeException error) =>
        $"Row {row:N0}: {(path is null || error.Message.Contains(path, StringComparison.Ordinal) ? "" : $"'{path}': ")}{error.Message}";

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
