namespace Dla.Finetune;

/// <summary>Receives the progress of training. Called on the training thread unless a method says otherwise; return quickly.</summary>
public interface ITrainingMonitor
{
    /// <summary>A step was done.</summary>
    public void OnStep(TrainingStep progress);

    /// <summary>A pass over the data was done, measured and saved.</summary>
    public void OnEpoch(TrainingEpoch epoch);

    /// <summary>An image was embedded, before a training of the head alone. Called on any thread, one call at a time.</summary>
    /// <param name="done">Images embedded so far.</param>
    /// <param name="count">Images of the data set.</param>
    public void OnEmbedding(int done, int count)
    {
    }

    /// <summary>Something about the run is not as it should be, but the run continues.</summary>
    public void OnWarning(string message)
    {
    }
}
