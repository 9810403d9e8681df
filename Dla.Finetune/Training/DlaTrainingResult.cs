using Dla.MLNet;

namespace Dla.Finetune;

/// <summary>How a training run ended.</summary>
/// <param name="Completed">Whether all epochs were done; otherwise the run was stopped and can be resumed from its workspace.</param>
/// <param name="Epochs">The epochs done, those before a resumption among them.</param>
/// <param name="BestEpoch">The epoch whose weights the network has now: the best on the validation images, or the last one without any. 0 for none.</param>
/// <param name="Precision">The number format that the network computed in, never <see cref="TrainingPrecision.Auto"/>.</param>
public sealed record DlaTrainingResult(bool Completed, IReadOnlyList<TrainingEpoch> Epochs, int BestEpoch, TrainingPrecision Precision)
{
    /// <summary>
    /// The training images that could not be read and were left out, by their place in the data, as far as they were met since the run began or was
    /// resumed.
    /// </summary>
    public IReadOnlyList<BadImage> BadImages { get; init; } = [];

    /// <summary>The run that the weights are of, as its journal has it.</summary>
    internal string? Run { get; init; }

    /// <summary>The best epoch's result; <see langword="null"/> for none.</summary>
    public TrainingEpoch? Best => BestEpoch > 0 ? Epochs[BestEpoch - 1] : null;
}
