using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>What the transformers of this library share: they read an image column lazily, several images at a time, and add columns.</summary>
/// <remarks>
/// Thread-safe. Disposing frees the model; cursors that are open go on to their end. <c>PredictionEngine</c> disposes its transformer unless its options
/// say otherwise.
/// </remarks>
public abstract class ImageTransformer : ITransformer, IDisposable
{
    private readonly ImageTask _task;
    private readonly ImageReadingOptions _options;
    private readonly ScoringMode _mode;
    private readonly OutputColumns _outputs;
    private readonly SingleImages _singles;

    private protected ImageTransformer(ImageTask task, ImageReadingOptions options, ScoringMode mode, OutputColumns outputs)
    {
        (_task, _options, _mode, _outputs) = (task, options, mode, outputs);
        _singles = new SingleImages(task, mode, new SingleImages.Crowd(options.Parallelism));
    }

    /// <summary>Whether rows can be transformed one by one, as <c>PredictionEngine</c> does: yes.</summary>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The input column is absent or holds no images.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Bind(Labels(inputSchema)?.OutputSchema ?? inputSchema).Output;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The input column is absent or holds no images.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (Labels(input.Schema) is { } labels) input = new LabelView(labels, input);
        return new ImageView(Bind(input.Schema), input);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The input column is absent or holds no images.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Labels(inputSchema) is { } labels ? new LabelledRowMapper(labels, Bind(labels.OutputSchema)) : new ImageRowMapper(Bind(inputSchema));
    }

    /// <summary>Frees the model.</summary>
    public void Dispose()
    {
        _singles.Dispose();
        _task.Dispose();
        GC.SuppressFinalize(this);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => Save(ctx);

    /// <summary>What the step is called in a pipeline.</summary>
    private protected abstract string Step { get; }

    /// <summary>How labels become keys before the images are worked on; <see langword="null"/> where they stay as they are.</summary>
    private protected virtual LabelBinding? Labels(DataViewSchema input) => null;

    private protected abstract void Save(ModelSaveContext context);

    /// <summary>The options that a caller of <c>With</c> makes of the present ones.</summary>
    private protected static TOptions Changed<TOptions>(TOptions options, Func<TOptions, TOptions> change) where TOptions : ImageReadingOptions
    {
        ArgumentNullException.ThrowIfNull(change);
        return change(options) ?? throw new ArgumentException("The function gives no options.", nameof(change));
    }

    private ImageBinding Bind(DataViewSchema input) => new(Step, _task, _options, _mode, _outputs, _singles, input);
}
