using System.Globalization;
using Dla.Finetune;
using Spectre.Console;

namespace Dla.Cli.Output;

/// <summary>Shows training as plain lines, for files and pipes: one about every half minute and one for each epoch.</summary>
internal sealed class TrainingLines(IAnsiConsole console) : ITrainingMonitor
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    private DateTime _last = DateTime.UtcNow;

    public void OnStep(TrainingStep progress)
    {
        if (DateTime.UtcNow - _last < Every) return;
        _last = DateTime.UtcNow;
        console.WriteLine(Describe(progress));
    }

    public void OnEpoch(TrainingEpoch epoch) => console.WriteLine(Describe(epoch));

    /// <summary>A step in one line.</summary>
    public static string Describe(TrainingStep p) => string.Create(CultureInfo.InvariantCulture,
        $"epoch {p.Epoch}/{p.Epochs}, step {p.Step}/{p.Steps}: loss {p.Loss:f3}, top-1 {100 * p.Top1:f1} %, {p.ImagesPerSecond:f0} images/s, {Duration(p.TimeLeft)} left");

    /// <summary>An epoch in one line.</summary>
    public static string Describe(TrainingEpoch e)
    {
        var line = string.Create(CultureInfo.InvariantCulture,
            $"epoch {e.Epoch}: loss {e.Loss:f3}, top-1 {100 * e.Top1:f1} %, {Duration(e.Duration)} ({e.Waited / e.Duration:p1} waiting for images)");
        return e.Validation is not { } v ? line : line + string.Create(CultureInfo.InvariantCulture, $"; validation top-1 {100 * v.Top1:f2} %, top-5 {100 * v.Top5:f2} %, loss {v.Loss:f3}");
    }

    private static string Duration(TimeSpan t) => t.TotalHours >= 1 ? $"{(int)t.TotalHours}:{t:mm\\:ss}" : $"{t:m\\:ss}";
}
