using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Dla.Cli.Output;
using Dla.Export;
using Dla.Finetune;
using Dla.MLNet;
using Dla.Models;
using Spectre.Console;

namespace Dla.Cli.Commands;

/// <summary><c>dla finetune</c>: trains a network on labelled images, measures it, and exports it with its card.</summary>
internal static class FinetuneCommand
{
    /// <summary>Bad images told one by one; the rest is a number.</summary>
    private const int BadImagesTold = 10;

    public static Command Create()
    {
        var data = DataArgument.Create("Images to learn from");
        var options = new FinetuneOptions();
        var command = new Command("finetune", "Train a network on labelled images, and export it as an ONNX file with its card.") { data };
        options.Weights.AddTo(command);
        foreach (var option in options.All) command.Options.Add(option);
        command.SetAction(parsed => Explain(() => Run(parsed.GetValue(data)!, parsed, options)));
        return command;
    }

    /// <summary>Runs the command. Where the library's error names properties, this one names the options.</summary>
    internal static int Explain(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (InsufficientMemoryException e)
        {
            throw new IOException($"{FirstSentence(e.Message)} Make --batch smaller, or compute each batch in parts with --accumulate.", e);
        }
        catch (ImageDecodeException e)
        {
            throw new ImageDecodeException($"{e.Message} Remove the file, or leave such images out with --bad-images Skip.", e);
        }
    }

    private static string FirstSentence(string message) => message[..(message.IndexOf(". ", StringComparison.Ordinal) + 1)];

    /// <remarks>
    /// Runs on the main thread, whose memory the C library reuses best, and handles signals itself: a checkpoint may take longer than a command line
    /// waits.
    /// </remarks>
    private static int Run(string data, ParseResult parsed, FinetuneOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);   // the terminal was closed
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }

        var recipe = options.Recipe(parsed);
        options.CheckpointEvery(parsed);   // refused before anything is downloaded
        var sets = FinetuneData.Open(data, parsed, options, recipe.Seed, stop.Token);
        var (network, start, saved) = Network(parsed, options, sets.Train.ClassNames.Count, recipe.Seed, stop.Token);
        using var disposed = network;
        var preprocessing = options.Preprocessing(parsed, sets.Train, saved);
        var variant = network.Variant;
        var output = parsed.GetValue(options.Output)?.FullName ?? Path.GetFullPath($"{variant.Name}.onnx");
        var workspace = options.Workspace(parsed, output);
        EarlyChecks.RequireOther("--output", output, parsed.GetValue(options.Weights.Weights), data);
        RequireWritable(output, workspace.Resume);
        using var reserved = WorkspaceLock.Take(workspace.Path);   // until the model is written
        workspace = workspace with { Lock = reserved };
        var what = string.Create(CultureInfo.InvariantCulture, $"{variant.Name}, {preprocessing.CropSize}×{preprocessing.CropSize} pixels, from {start}");

        Terminal.Remark(string.Create(CultureInfo.InvariantCulture, $"{what}; {sets.Train.ClassNames.Count} classes: " +
            $"{sets.Train.Name}; {recipe.Epochs} epochs, {recipe.Describe()}"));
        Terminal.Remark($"checkpoints in {workspace.Path}");
        var result = TrainingBar.Run(Terminal.Remarks, Terminal.IsInteractive,
            monitor => DlaTrainer.Train(network, sets.Train, sets.Validation, preprocessing, recipe, workspace, monitor, stop.Token));
        foreach (var bad in result.BadImages.Take(BadImagesTold)) Terminal.Remark($"left out: {bad.Reason}");
        if (result.BadImages.Count > BadImagesTold) Terminal.Remarks.WriteLine($"left out: … and {result.BadImages.Count - BadImagesTold} more bad images");
        if (!result.Completed)
        {
            Terminal.Remark($"Stopped after {result.Epochs.Count} complete epochs. " +
                $"The same command with --resume continues from {workspace.Checkpoint}");
            return DlaCommandLine.Failed;
        }

        // A bad image among those to measure on is no reason to lose the model.
        ImageDecodeException? unmeasured = null;
        (DlaAccuracy Accuracy, string Data)? measured = null;
        try
        {
            if ((sets.Test ?? sets.Validation) is { } test)
                measured = (DlaAccuracy.Measure(network, test, preprocessing, recipe.OnBadImage, stop.Token), test.Name);
        }
        catch (ImageDecodeException e)
        {
            unmeasured = e;
        }
        var report = DlaTrainedModel.Export(network, sets.Train, preprocessing, recipe, result, start, measured, output, workspace.BestWeights, stop.Token);
        TrainingSummary.Write(what, sets.Train, result, measured, ("model", report.Path), ("weights", workspace.BestWeights), ("curves", workspace.Curves),
            ("log", workspace.LogTable));
        ExportCommand.Write(report);
        if (unmeasured is null) return DlaCommandLine.Done;
        Terminal.Remark($"The model was written and not measured: {unmeasured.Message} " +
            "The same command with --resume --bad-images Skip counts such images as wrong.");
        return DlaCommandLine.Failed;
    }

    /// <summary>Finds out before hours of training whether the model can be written then, and removes what a killed run had half written of it.</summary>
    private static void RequireWritable(string output, bool resume)
    {
        var folder = Directory.CreateDirectory(Path.GetDirectoryName(output)!);
        if (resume)
            foreach (var left in folder.EnumerateFiles(Path.GetFileName(output) + ".*.tmp")) left.Delete();
        EarlyChecks.RequireWritable("--output", output);
    }

    private static (DlaNetwork Network, string Start, DlaModelCard? Saved) Network(ParseResult parsed, FinetuneOptions options, int classes, ulong seed,
        CancellationToken cancel)
    {
        var wanted = new DlaPretrainedOptions { NumClasses = classes, Seed = seed };
        if (options.Weights.LoadAsync(parsed, wanted, cancel).GetAwaiter().GetResult() is { } loaded)
        {
            var card = loaded.Card();
            return (loaded.Network, card.Weights!, loaded.SavedCard() ?? card);
        }
        var variant = options.Weights.ParseVariant(parsed) ?? throw new ArgumentException("Which network? Give --variant, " +
            "such as dla46_c, or --weights with a file or a published name such as dla34.");
        return (new DlaNetwork(variant, new DlaNetworkOptions { NumClasses = classes, Seed = seed }), $"random weights, seed {seed}", null);
    }
}
