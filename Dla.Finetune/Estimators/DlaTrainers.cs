using static Microsoft.ML.MulticlassClassificationCatalog;

namespace Dla.Finetune;

/// <summary>The trainer among ML.NET's: <c>ml.MulticlassClassification.Trainers.DlaImageClassification(…)</c>.</summary>
public static class DlaTrainers
{
    /// <summary>Trains a Deep Layer Aggregation network on a column of images and one of labels.</summary>
    /// <param name="trainers">The multiclass trainers.</param>
    /// <param name="options">Columns, network and recipe.</param>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    /// <example><code>
    /// var options = new DlaImageClassificationOptions { Weights = "dla34", ValidationSetFraction = 0.1, WorkspacePath = "flowers" };
    /// using var model = ml.MulticlassClassification.Trainers.DlaImageClassification(options).Fit(images);
    /// ml.Model.Save(model, images.Schema, "flowers.zip");
    /// </code></example>
    public static DlaImageClassificationTrainer DlaImageClassification(this MulticlassClassificationTrainers trainers,
        DlaImageClassificationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(trainers);
        return new DlaImageClassificationTrainer(options ?? new DlaImageClassificationOptions(), trainers);
    }

    /// <summary>Trains with defaults.</summary>
    /// <param name="trainers">The multiclass trainers.</param>
    /// <param name="labelColumnName">The column of classes.</param>
    /// <param name="featureColumnName">The column of images.</param>
    /// <param name="weights">Pretrained weights: a file, or a published one's name; <see langword="null"/> trains from scratch.</param>
    public static DlaImageClassificationTrainer DlaImageClassification(this MulticlassClassificationTrainers trainers, string labelColumnName,
        string featureColumnName, string? weights = null) =>
        trainers.DlaImageClassification(
            new DlaImageClassificationOptions { LabelColumnName = labelColumnName, FeatureColumnName = featureColumnName, Weights = weights });
}
