using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Dla.Cli.Output;
using Dla.Finetune;
using Dla.Models;
using Spectre.Console;

namespace Dla.Cli.Commands;

/// <summary><c>dla finetune</c>: trains a network on labelled images, measures it, and exports it with its card.</summary>
internal static class FinetuneCommand
{
    public static Command Create()
    {
        var data = new Argument<string>("DATA") { Description = "cifar100, a folder with one sub-folder per class, or a list file with lines 'relative/path label'." };
        var options = new FinetuneOptions();
        var command = new Command("finetune", "Train a network on labelled images, and export it as an ONNX file with its card.") { data };
        options.Weights.AddTo(command);
        foreach (var option in options.All) command.Options.Add(option);
        command.SetAction(parsed => Run(parsed.GetValue(data)!, parsed, options));
        return command;
    }

    /// <remarks>Runs on the main thread, whose memory the C library reuses best, and handles signals itself: a checkpoint may take longer than a command line waits.</remarks>
    private static int Run(string data, ParseResult parsed, FinetuneOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }

        var recipe = options.Recipe(parsed);
        var train = ImageDataset.Open(data, DatasetSplit.Train, options.Dataset(parsed), stop.Token);
        var preprocessing = options.Preprocessing(parsed, train);
        var (network, start) = Network(parsed, options, train.ClassNames.Count, recipe.Seed, stop.Token);
        using var disposed = network;
        var variant = network.Variant;
        var output = parsed.GetValue(options.Output)?.FullName ?? Path.GetFullPath($"{variant.Name}.onnx");
        var workspace = options.Workspace(parsed, output);
        var (learned, validation) = parsed.GetValue(options.ValidationFraction) is > 0 and var fraction ? train.Split(fraction, recipe.Seed) : (train, (ImageDataset?)null);

        Terminal.Remarks.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{variant.Name}, {train.ClassNames.Count} classes, {preprocessing.CropSize}×{preprocessing.CropSize} pixels: {learned.Name}; {recipe.Epochs} epochs, {recipe.Describe()}"));
        Terminal.Remarks.WriteLine($"checkpoints in {workspace.Path}");
        var result = TrainingBar.Run(Terminal.Remarks, Terminal.IsInteractive, monitor => DlaTrainer.Train(network, learned, validation, preprocessing, recipe, workspace, monitor, stop.Token));
        if (!result.Completed)
        {
            Terminal.Remarks.WriteLine($"Stopped after {result.Epochs.Count} whole epochs. The same command with --resume continues from {workspace.Checkpoint}");
            return DlaCommandLine.Failed;
        }

        var test = options.Test(data, parsed, train, stop.Token) ?? validation;
        (DlaAccuracy Accuracy, string Data)? measured = test is null ? null : (DlaAccuracy.Measure(network, test, preprocessing, stop.Token), test.Name);
        var report = DlaTrainedModel.Export(network, learned, preprocessing, recipe, result, start, measured, output, stop.Token);
        if (measured is { } m)
            Terminal.Results.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{m.Data}: top-1 {100 * m.Accuracy.Top1:f2} %, top-5 {100 * m.Accuracy.Top5:f2} %, loss {m.Accuracy.Loss:f4}"));
        ExportCommand.Write(report);
        return DlaCommandLine.Done;
    }

    private static (DlaNetwork Network, string Start) Network(ParseResult parsed, FinetuneOptions options, int classes, ulong seed, CancellationToken cancel)
    {
        var dropout = options.Dropout(parsed);
        var wanted = new DlaPretrainedOptions { NumClasses = classes, Dropout = dropout, Seed = seed };
        if (options.Weights.LoadAsync(parsed, wanted, cancel).GetAwaiter().GetResult() is { } loaded) return (loaded.Network, loaded.Weights);
        var variant = options.Weights.ParseVariant(parsed) ?? throw new ArgumentException("Which network? Give --variant, such as dla46_c, or --weights with a file or a published name such as dla34.");
        return (new DlaNetwork(variant, new DlaNetworkOptions { NumClasses = classes, Dropout = dropout, Seed = seed }), $"random weights, seed {seed}");
    }
}
