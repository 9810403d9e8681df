using Dla.Finetune;
using Spectre.Console;

namespace Dla.Cli.Output;

/// <summary>Shows training as plain lines, for files and pipes: one about every half minute and one for each epoch.</summary>
internal sealed class TrainingLines(IAnsiConsole console) : ITrainingMonitor
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    private DateTime _last = DateTime.UtcNow;

    public void OnStep(TrainingStep progress) => NowAndThen(() => TrainingText.Of(progress));

    public void OnEpoch(TrainingEpoch epoch) => console.WriteLine(TrainingText.Of(epoch));

    public void OnEmbedding(int done, int count) => NowAndThen(() => $"{done} of {count} images embedded");

    public void OnWarning(string message) => console.WriteLine(Terminal.Printable(message));

    private void NowAndThen(Func<string> text)
    {
        if (DateTime.UtcNow - _last < Every) return;
        _last = DateTime.UtcNow;
        console.WriteLine(text());
    }
}
