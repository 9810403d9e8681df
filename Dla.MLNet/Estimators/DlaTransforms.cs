using Microsoft.ML;

namespace Dla.MLNet;

/// <summary>Image estimators for ML.NET pipelines: <c>ml.Transforms.ClassifyImages("model.onnx")</c>.</summary>
public static class DlaTransforms
{
    /// <summary>Scores images with an exported model: image in, class probabilities out.</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="modelPath">The ONNX file.</param>
    /// <param name="inputColumnName">The column of images: see <see cref="ImageReadingOptions.InputColumnName"/>.</param>
    /// <example><code>var model = ml.Transforms.ClassifyImages("dla34.onnx", "ImagePath").Fit(images);</code></example>
    public static DlaClassifyingEstimator ClassifyImages(this TransformsCatalog catalog, string modelPath, string inputColumnName = "ImagePath") =>
        catalog.ClassifyImages(new DlaClassifierOptions { ModelPath = modelPath, InputColumnName = inputColumnName });

    /// <summary>
    /// Scores images with an exported model; <paramref name="modelPath"/> and <paramref name="inputColumnName"/> replace those of the options.
    /// </summary>
    public static DlaClassifyingEstimator ClassifyImages(
        this TransformsCatalog catalog, string modelPath, string inputColumnName, DlaClassifierOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return catalog.ClassifyImages(options with { ModelPath = modelPath, InputColumnName = inputColumnName });
    }

    /// <summary>Scores images with an exported model: <c>Score</c> holds the class probabilities, <c>PredictedLabel</c> the most probable class.</summary>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    public static DlaClassifyingEstimator ClassifyImages(this TransformsCatalog catalog, DlaClassifierOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new DlaClassifyingEstimator(options with { Context = PipelineContext.Of(catalog) });
    }

    /// <summary>Turns images into embeddings, on which any trainer learns: the model's features averaged over the plane.</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="modelPath">The ONNX file.</param>
    /// <param name="outputColumnName">The column for the embeddings.</param>
    /// <param name="inputColumnName">The column of images: see <see cref="ImageReadingOptions.InputColumnName"/>.</param>
    /// <remarks>
    /// Trainers that pass over the data several times, such as SDCA, want <c>AppendCacheCheckpoint(ml)</c> after this: else every pass runs the model
    /// again.
    /// </remarks>
    public static DlaFeaturizingEstimator FeaturizeImages(
        this TransformsCatalog catalog, string modelPath, string outputColumnName = "Embedding", string inputColumnName = "ImagePath") =>
        catalog.FeaturizeImages(new DlaFeaturizerOptions { ModelPath = modelPath, OutputColumnName = outputColumnName, InputColumnName = inputColumnName });

    /// <summary>Turns images into embeddings; the names replace those of the options.</summary>
    public static DlaFeaturizingEstimator FeaturizeImages(
        this TransformsCatalog catalog, string modelPath, string outputColumnName, string inputColumnName, DlaFeaturizerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return catalog.FeaturizeImages(options with { ModelPath = modelPath, OutputColumnName = outputColumnName, InputColumnName = inputColumnName });
    }

    /// <summary>Turns images into embeddings.</summary>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    public static DlaFeaturizingEstimator FeaturizeImages(this TransformsCatalog catalog, DlaFeaturizerOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new DlaFeaturizingEstimator(options with { Context = PipelineContext.Of(catalog) });
    }

    /// <summary>Turns images into the pixels that a network takes, exactly as Pillow and torchvision do; the stock <c>ApplyOnnxModel</c> takes them.</summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="outputColumnName">The column for the pixels, Vector&lt;Single&gt;[3, H, W].</param>
    /// <param name="inputColumnName">The column of images: see <see cref="ImageReadingOptions.InputColumnName"/>.</param>
    /// <param name="preprocessing">Size, crop and normalisation. Default: those of the published networks.</param>
    public static DlaPreprocessingEstimator PreprocessImages(
        this TransformsCatalog catalog, string outputColumnName = "Pixels", string inputColumnName = "ImagePath", ImagePreprocessing? preprocessing = null) =>
        catalog.PreprocessImages(new DlaPreprocessorOptions
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            Preprocessing = preprocessing ?? new ImagePreprocessing(),
        });

    /// <summary>Turns images into pixels; the names replace those of the options.</summary>
    public static DlaPreprocessingEstimator PreprocessImages(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, DlaPreprocessorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return catalog.PreprocessImages(options with { OutputColumnName = outputColumnName, InputColumnName = inputColumnName });
    }

    /// <summary>Turns images into the pixels that a network takes.</summary>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    public static DlaPreprocessingEstimator PreprocessImages(this TransformsCatalog catalog, DlaPreprocessorOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new DlaPreprocessingEstimator(options with { Context = PipelineContext.Of(catalog) });
    }

    /// <summary>
    /// Maps labels to keys by the class names of a model, so that <c>Evaluate</c> compares like with like: it matches keys by number, not by name.
    /// </summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="card">The model's card, as <see cref="DlaModelCard.Load"/> gives it.</param>
    /// <param name="outputColumnName">The column of keys.</param>
    /// <param name="inputColumnName">The column of labels: text, or a key whose values are text. Default: the output's name.</param>
    /// <param name="unknown">What happens to a label that the model has no class for.</param>
    /// <exception cref="ArgumentException">The card names no classes.</exception>
    /// <example><code>
    /// var pipeline = ml.Transforms.MapLabels(DlaModelCard.Load("model.onnx")!).Append(ml.Transforms.ClassifyImages("model.onnx"));
    /// var metrics = ml.MulticlassClassification.Evaluate(pipeline.Fit(test).Transform(test), topKPredictionCount: 5);
    /// </code></example>
    public static DlaLabelEstimator MapLabels(this TransformsCatalog catalog, DlaModelCard card, string outputColumnName = "Label",
        string? inputColumnName = null, UnknownLabelHandling unknown = UnknownLabelHandling.Throw)
    {
        ArgumentNullException.ThrowIfNull(card);
        return catalog.MapLabels(new DlaLabelOptions
        {
            ClassNames = card.ClassNames,
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName ?? outputColumnName,
            UnknownLabel = unknown,
        });
    }

    /// <summary>Maps labels to keys by class name.</summary>
    /// <exception cref="ArgumentException">No classes are named.</exception>
    public static DlaLabelEstimator MapLabels(this TransformsCatalog catalog, DlaLabelOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new DlaLabelEstimator(options);
    }
}
