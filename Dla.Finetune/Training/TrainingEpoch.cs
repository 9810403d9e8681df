namespace Dla.Finetune;

/// <summary>What a pass over the training data came to.</summary>
public sealed record TrainingEpoch
{
    /// <summary>The pass, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Mean loss over the (varied) training images.</summary>
    public required double Loss { get; init; }

    /// <summary>Fraction in [0, 1] of the (varied) training images whose best class was right.</summary>
    public required double Top1 { get; init; }

    /// <summary>The validation images measured after this pass, or <see langword="null"/> without any.</summary>
    public DlaAccuracy? Validation { get; init; }

    /// <summary>The learning rate of the last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Time of the training steps.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The part of it that the network waited for images.</summary>
    public required TimeSpan Waited { get; init; }

    /// <summary>Training images left out because they could not be read.</summary>
    public int BadImages { get; init; }
}
