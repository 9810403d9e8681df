namespace Dla.Finetune.Tests;

/// <summary>Calls back after every step.</summary>
internal sealed class StepMonitor(Action<TrainingStep> onStep) : ITrainingMonitor
{
    public void OnStep(TrainingStep progress) => onStep(progress);

    public void OnEpoch(TrainingEpoch epoch)
    {
    }
}
