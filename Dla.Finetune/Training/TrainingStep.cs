namespace Dla.Finetune;

/// <summary>Where a run stands after a step.</summary>
public sealed record TrainingStep
{
    /// <summary>The pass over the data, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Passes of the whole run.</summary>
    public required int Epochs { get; init; }

    /// <summary>Steps done, of the whole run.</summary>
    public required long Step { get; init; }

    /// <summary>Steps of the whole run.</summary>
    public required long Steps { get; init; }

    /// <summary>Mean loss of this pass so far.</summary>
    public required double Loss { get; init; }

    /// <summary>Fraction in [0, 1] of this pass's (varied) training images so far whose best class was right.</summary>
    public required double Top1 { get; init; }

    /// <summary>The learning rate of the step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Images per second, over the last steps.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Estimated time until the last step.</summary>
    public required TimeSpan TimeLeft { get; init; }
}
