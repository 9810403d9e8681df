using Dla.Finetune;
using Spectre.Console;

namespace Dla.Cli.Output;

/// <summary>Shows training as a progress bar, with a line above it for each epoch.</summary>
internal sealed class TrainingBar : ITrainingMonitor
{
    private readonly IAnsiConsole _console;
    private readonly ProgressTask _task;

    private TrainingBar(IAnsiConsole console, ProgressContext context) => (_console, _task) = (console, context.AddTask("training"));

    /// <summary>Runs an action with a monitor: a bar where a person looks on, lines elsewhere.</summary>
    public static T Run<T>(IAnsiConsole console, bool interactive, Func<ITrainingMonitor, T> action) => !interactive
        ? action(new TrainingLines(console))
        : console.Progress().AutoClear(true).Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context => action(new TrainingBar(console, context)));

    public void OnStep(TrainingStep progress)
    {
        _task.MaxValue = progress.Steps;
        _task.Value = progress.Step;
        _task.Description = Markup.Escape(TrainingText.Of(progress));
    }

    public void OnEpoch(TrainingEpoch epoch) => _console.WriteLine(TrainingText.Of(epoch));

    public void OnWarning(string message) => _console.WriteLine(Terminal.Printable(message));

    public void OnEmbedding(int done, int count)
    {
        _task.MaxValue = count;
        _task.Value = done;
        _task.Description = $"embedding image {done} of {count}";
    }
}
