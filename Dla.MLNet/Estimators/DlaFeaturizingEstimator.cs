namespace Dla.MLNet;

/// <summary>Turns images into embeddings. Made by <see cref="DlaTransforms.FeaturizeImages(Microsoft.ML.TransformsCatalog, DlaFeaturizerOptions)"/>.</summary>
public sealed class DlaFeaturizingEstimator : ImageEstimator<DlaFeaturizingTransformer>
{
    private readonly DlaFeaturizerOptions _options;

    internal DlaFeaturizingEstimator(DlaFeaturizerOptions options) : base(options) => _options = options;

    private protected override DlaFeaturizingTransformer Open() => new(FeaturizingModel.Open(_options));

    private protected override OutputColumns DescribeOutputs()
    {
        using var model = FeaturizingModel.Open(_options);
        return model.Columns;
    }
}
