namespace Dla.MLNet;

/// <summary>
/// Turns images into the pixels that a network takes. Made by
/// <see cref="DlaTransforms.PreprocessImages(Microsoft.ML.TransformsCatalog, DlaPreprocessorOptions)"/>.
/// </summary>
public sealed class DlaPreprocessingEstimator : ImageEstimator<DlaPreprocessingTransformer>
{
    private readonly DlaPreprocessorOptions _options;

    internal DlaPreprocessingEstimator(DlaPreprocessorOptions options) : base(options) => _options = options;

    private protected override DlaPreprocessingTransformer Open() => new(_options);

    private protected override OutputColumns DescribeOutputs() => DlaPreprocessingTransformer.Describe(_options);
}
