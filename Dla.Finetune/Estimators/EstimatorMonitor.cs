using Dla.MLNet;

namespace Dla.Finetune;

/// <summary>Tells the MLContext's log, and the callback, how a fit goes: each epoch, and in between about every ten seconds.</summary>
internal sealed class EstimatorMonitor(ContextLog log, Action<TrainingEpoch>? callback) : ITrainingMonitor
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private DateTime _last = DateTime.UtcNow;

    public void OnStep(TrainingStep progress)
    {
        if (IsTime()) log.Info(TrainingText.Of(progress));
    }

    public void OnEpoch(TrainingEpoch epoch)
    {
        _last = DateTime.UtcNow;
        log.Info(TrainingText.Of(epoch));
        callback?.Invoke(epoch);
    }

    public void OnEmbedding(int done, int count)
    {
        if (done == count || IsTime()) log.Info($"{done} of {count} images embedded");
    }

    public void OnWarning(string message) => log.Warning(message);

    private bool IsTime()
    {
        if (DateTime.UtcNow - _last < Every) return false;
        _last = DateTime.UtcNow;
        return true;
    }
}
