namespace Dla.MLNet;

/// <summary>How a model was trained and what it reached.</summary>
public sealed record DlaTrainingRecord
{
    /// <summary>The data it was trained on, such as <c>CIFAR-100, 50,000 training images</c>.</summary>
    public string? Data { get; init; }

    /// <summary>Passes over the training data.</summary>
    public int Epochs { get; init; }

    /// <summary>The recipe in a sentence: optimizer, rate, batch, augmentation, precision.</summary>
    public string? Recipe { get; init; }

    /// <summary>What the accuracies below were measured on, such as <c>CIFAR-100, 10,000 test images</c>.</summary>
    public string? MeasuredOn { get; init; }

    /// <summary>Fraction in [0, 1] of images whose best class is right.</summary>
    public double? Top1 { get; init; }

    /// <summary>Fraction in [0, 1] of images whose right class is among the best five.</summary>
    public double? Top5 { get; init; }
}
