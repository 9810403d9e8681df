namespace Dla.Finetune;

/// <summary>How a training run ended.</summary>
/// <param name="Completed">Whether all epochs were done; otherwise the run was stopped and can be resumed from its workspace.</param>
/// <param name="Epochs">The epochs done, those before a resumption among them.</param>
/// <param name="BestEpoch">The epoch whose weights the network has now: the best on the validation images, or the last one without any. 0 for none.</param>
/// <param name="Precision">The number format that the network computed in, never <see cref="TrainingPrecision.Auto"/>.</param>
public sealed record DlaTrainingResult(bool Completed, IReadOnlyList<TrainingEpoch> Epochs, int BestEpoch, TrainingPrecision Precision);
