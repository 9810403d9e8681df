using Dla.MLNet;
using Dla.Models;
using Microsoft.ML;

namespace Dla.Finetune;

/// <summary>
/// How <see cref="DlaImageClassificationTrainer"/> trains; named as the options of ML.NET's own image classification trainer where that has them.
/// </summary>
public sealed record DlaImageClassificationOptions
{
    /// <summary>The column of classes: text, or a key, whose values (without any, the numbers from 0) name the classes. Default: <c>Label</c>.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>The column of images: text (paths), byte vectors (encoded images) or MLImage. Default: <c>ImagePath</c>.</summary>
    /// <remarks>
    /// Prefer paths or bytes. An MLImage that ML.NET decoded has lost the file's EXIF orientation, and its colors are premultiplied by alpha: a model that is
    /// trained on such images sees turned photos lying on their side.
    /// </remarks>
    public string FeatureColumnName { get; init; } = "ImagePath";

    /// <summary>The column for the probabilities. Default: <c>Score</c>.</summary>
    public string ScoreColumnName { get; init; } = "Score";

    /// <summary>The column for the most probable class. Default: <c>PredictedLabel</c>.</summary>
    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    /// <summary>Rows to measure on after each epoch, whose best is kept. Default: none, or <see cref="ValidationSetFraction"/>.</summary>
    public IDataView? ValidationSet { get; init; }

    /// <summary>
    /// The part in (0, 1) of each class's images that is set apart to measure on; <see langword="null"/> for none. Not used where a set is given.
    /// Default: none.
    /// </summary>
    public double? ValidationSetFraction { get; init; }

    /// <summary>The network. Default: that of <see cref="Weights"/>, or DLA-34 without any.</summary>
    public DlaVariant? Variant { get; init; }

    /// <summary>
    /// Pretrained weights: a file, or a published one's name such as <c>dla34</c>, which is downloaded once. Default: none, training from scratch.
    /// </summary>
    public string? Weights { get; init; }

    /// <summary>
    /// How an image becomes the network's input. Default: what <see cref="Weights"/> of this trainer were trained with, and else as published, resize to
    /// 256 and crop 224.
    /// </summary>
    public ImagePreprocessing? Preprocessing { get; init; }

    /// <summary>Images of one step. Default: the recipe's.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Passes over the training images. Default: the recipe's.</summary>
    public int? Epoch { get; init; }

    /// <summary>The highest learning rate. Default: the recipe's.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Epochs without a better result on the validation images, which are needed then, after which training ends. Default: the recipe's.</summary>
    public int? EarlyStopping { get; init; }

    /// <summary>
    /// Everything else. Default: <see cref="DlaTrainingOptions.Transfer"/> with weights, and the defaults of <see cref="DlaTrainingOptions"/> without. A
    /// recipe given here replaces all of that: with weights begin with <c>DlaTrainingOptions.Transfer with { … }</c>, or with
    /// <see cref="DlaTrainingOptions.HeadOnly"/>.
    /// </summary>
    public DlaTrainingOptions? Recipe { get; init; }

    /// <summary>Called with each epoch's result. Default: none.</summary>
    public Action<TrainingEpoch>? MetricsCallback { get; init; }

    /// <summary>
    /// A folder for checkpoints, the log and <c>model.onnx</c> of one training; <c>CrossValidate</c>, which trains several times, does without. Default:
    /// none are kept.
    /// </summary>
    public string? WorkspacePath { get; init; }

    /// <summary>
    /// Whether the run that left its checkpoint in the workspace is continued. Without a checkpoint that is an error. Default: <see langword="false"/>.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>
    /// Stops at the next step and keeps the best model so far. Before the first epoch ends there is none: <c>Fit</c> throws
    /// <see cref="OperationCanceledException"/>. Default: never.
    /// </summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>The recipe with what is set here.</summary>
    internal DlaTrainingOptions Complete()
    {
        var recipe = Recipe ?? (Weights is null ? new DlaTrainingOptions() : DlaTrainingOptions.Transfer);
        return recipe with
        {
            BatchSize = BatchSize ?? recipe.BatchSize,
            Epochs = Epoch ?? recipe.Epochs,
            LearningRate = LearningRate ?? recipe.LearningRate,
            EarlyStoppingPatience = EarlyStopping ?? recipe.EarlyStoppingPatience,
        };
    }
}
