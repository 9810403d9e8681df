using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Adds a column of pixels: normalised, channels first.</summary>
public sealed class DlaPreprocessingTransformer : ImageTransformer
{
    private readonly DlaPreprocessorOptions _options;

    internal DlaPreprocessingTransformer(DlaPreprocessorOptions options)
        : base(new PreprocessingTask(ImageReader.Of(options, options.Preprocessing)), options,
            ScoringMode.Auto, Describe(options)) =>
        _options = options;

    internal static OutputColumns Describe(DlaPreprocessorOptions options)
    {
        var (channels, crop) = (options.Preprocessing.Mean.Count, options.Preprocessing.CropSize);
        return new OutputColumns((options.OutputColumnName, new VectorDataViewType(NumberDataViewType.Single, channels, crop, crop)), null, null,
            options.OnBadImage == BadImageHandling.Missing ? options.ImageErrorColumnName : null);
    }

    /// <summary>The same with other options, such as a loaded one's <c>ImageFolder</c> or <c>CancellationToken</c>.</summary>
    /// <param name="change">Gives the new options from the present ones.</param>
    /// <returns>A transformer of its own: both are to be disposed.</returns>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    public DlaPreprocessingTransformer With(Func<DlaPreprocessorOptions, DlaPreprocessorOptions> change)
    {
        var options = Changed(_options, change);
        options.Validate();
        return new DlaPreprocessingTransformer(options);
    }

    private protected override string Step => nameof(DlaTransforms.PreprocessImages);

    private protected override void Save(ModelSaveContext context) => SavedTransformer.Save(context, _options);
}
