namespace Dla.MLNet;

/// <summary>Scores images with a model. Made by <see cref="DlaTransforms.ClassifyImages(Microsoft.ML.TransformsCatalog, DlaClassifierOptions)"/>.</summary>
public sealed class DlaClassifyingEstimator : ImageEstimator<DlaClassifyingTransformer>
{
    private readonly DlaClassifierOptions _options;

    internal DlaClassifyingEstimator(DlaClassifierOptions options) : base(options) => _options = options;

    private protected override DlaClassifyingTransformer Open() => new(ClassifyingModel.Open(_options));

    private protected override OutputColumns DescribeOutputs()
    {
        using var model = ClassifyingModel.Open(_options);
        return model.Columns;
    }
}
