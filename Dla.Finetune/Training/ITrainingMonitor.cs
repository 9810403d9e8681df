namespace Dla.Finetune;

/// <summary>Is told how training goes. Called on the training thread: return soon.</summary>
public interface ITrainingMonitor
{
    /// <summary>A step was done.</summary>
    public void OnStep(TrainingStep progress);

    /// <summary>A pass over the data was done, measured and saved.</summary>
    public void OnEpoch(TrainingEpoch epoch);
}
