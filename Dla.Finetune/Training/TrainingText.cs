using System.Globalization;

namespace Dla.Finetune;

/// <summary>Tells how training goes, in a line.</summary>
public static class TrainingText
{
    /// <summary>Where a run stands after a step.</summary>
    public static string Of(TrainingStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        return string.Create(CultureInfo.InvariantCulture,
            $"epoch {step.Epoch}/{step.Epochs}, step {step.Step}/{step.Steps}: loss {step.Loss:f3}, " +
                $"top-1 {100 * step.Top1:f1} %, {step.ImagesPerSecond:f0} images/s, {Duration(step.TimeLeft)} left");
    }

    /// <summary>What an epoch came to.</summary>
    public static string Of(TrainingEpoch epoch)
    {
        ArgumentNullException.ThrowIfNull(epoch);
        var line = string.Create(CultureInfo.InvariantCulture,
            $"epoch {epoch.Epoch}: loss {epoch.Loss:f3}, top-1 {100 * epoch.Top1:f1} %, " +
                $"{Duration(epoch.Duration)} ({epoch.Waited / epoch.Duration:p1} waiting for images)");
        if (epoch.BadImages > 0) line += string.Create(CultureInfo.InvariantCulture, $", {epoch.BadImages} bad images left out");
        return epoch.Validation is not { } v ? line
            : line + string.Create(CultureInfo.InvariantCulture, $"; validation top-1 {100 * v.Top1:f2} %, top-5 {100 * v.Top5:f2} %, loss {v.Loss:f3}");
    }

    /// <summary>Minutes and seconds, and hours where there are any.</summary>
    public static string Duration(TimeSpan time) => time.TotalHours >= 1 ? $"{(int)time.TotalHours}:{time:mm\\:ss}" : $"{time:m\\:ss}";
}
