using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>Adds a column of pixels: normalised, channels first.</summary>
public sealed class DlaPreprocessingTransformer : ImageTransformer
{
    private readonly DlaPreprocessorOptions _options;

    internal DlaPreprocessingTransformer(DlaPreprocessorOptions options)
        : base(new PreprocessingTask(new ImageReader(new ImagePreprocessor(options.Preprocessing, options.MaxPixels), options.ImageFolder)), options,
            ScoringMode.Auto, Describe(options)) =>
        _options = options;

    internal static OutputColumns Describe(DlaPreprocessorOptions options)
    {
        var (channels, crop) = (options.Preprocessing.Mean.Count, options.Preprocessing.CropSize);
        return new OutputColumns((options.OutputColumnName, new VectorDataViewType(NumberDataViewType.Single, channels, crop, crop)), null, null,
            options.OnBadImage == BadImageHandling.Missing ? options.ImageErrorColumnName : null);
    }

    private protected override void Save(ModelSaveContext context) => SavedTransformer.Save(context, _options);
}
