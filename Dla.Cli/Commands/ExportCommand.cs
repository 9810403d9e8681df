using System.CommandLine;
using System.Globalization;
using Dla.Cli.Output;
using Dla.Export;
using Dla.MLNet;
using Dla.Models;
using Spectre.Console;

namespace Dla.Cli.Commands;

/// <summary><c>dla export</c>: a network as ONNX, verified against the module.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var weights = new WeightsOptions();
        var classes = new Option<int?>("--classes") { Description = "Classes of the head. Default: the weights', or as many as class names, or 1000." };
        var names = new Option<FileInfo?>("--class-names") { Description = "Text file with one class name a line, for the model card." };
        var seed = new Option<ulong>("--seed") { Description = "Seed of random weights and of a new head. Default: 0." };
        var preprocessing = new PreprocessingOptions(PreprocessingOptions.Weights);
        var dynamicSize = new Option<bool>("--dynamic-size") { Description = "Leave height and width free (multiples of 32)." };
        var batch = new Option<int?>("--batch") { Description = "Fix the number of images per run. Default: any." };
        var opset = new Option<int>("--opset") { Description = "ONNX operator set, 17 to 21.", DefaultValueFactory = _ => 17 };
        var half = new Option<bool>("--fp16") { Description = "16-bit floats inside; inputs and outputs stay float32." };
        var outputs = new Option<string>("--outputs") { Description = "Any of logits, probabilities, " +
            "embedding, features, separated by commas.", DefaultValueFactory = _ => "logits" };
        var embed = new Option<bool>("--embed-preprocessing") { Description = "Take uint8 images [N, H, W, 3] and normalise them inside the graph." };
        var output = new Option<FileInfo>("--output", "-o") { Description = "The ONNX file to write.", Required = true };
        var command = new Command("export", "Write a network as an ONNX file with its model card, verified against the TorchSharp module.")
        {
            classes, names, seed, dynamicSize, batch, opset, half, outputs, embed, output,
        };
        preprocessing.AddTo(command);
        weights.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            EarlyChecks.RequireOther(output.Name, parsed.GetValue(output)!.FullName, parsed.GetValue(weights.Weights), parsed.GetValue(names)?.FullName);
            var classNames = parsed.GetValue(names) is { } file ? File.ReadAllLines(file.FullName).Where(l => l.Length > 0).ToArray() : [];
            var loaded = await weights.LoadAsync(parsed, new DlaPretrainedOptions { NumClasses = parsed.GetValue(classes), Seed = parsed.GetValue(seed) },
                cancel);
            using var network = loaded?.Network ?? CreateRandom(weights.ParseVariant(parsed),
                parsed.GetValue(classes) ?? (classNames.Length > 0 ? classNames.Length : 1000), parsed.GetValue(seed));
            var prepared = preprocessing.Resolve(parsed, loaded?.SavedCard()?.Preprocessing);
            if (network.Options.InputChannels == 1 && prepared.Mean.Count == 3)   // gray images: one mean and std instead of those of red, green and blue
                prepared = prepared with { Mean = [prepared.Mean.Average()], Std = [prepared.Std.Average()] };
            var card = loaded?.Card(prepared)
                ?? new DlaModelCard { Variant = network.Variant.Name, Weights = $"random, seed {parsed.GetValue(seed)}", Preprocessing = prepared };
            if (classNames.Length > 0) card = card with { ClassNames = classNames };
            var options = new DlaExportOptions
            {
                Opset = parsed.GetValue(opset),
                Precision = parsed.GetValue(half) ? DlaPrecision.Float16 : DlaPrecision.Float32,
                Outputs = ParseOutputs(parsed.GetValue(outputs)!),
                BatchSize = parsed.GetValue(batch),
                DynamicSize = parsed.GetValue(dynamicSize),
                EmbedPreprocessing = parsed.GetValue(embed),
            };
            Write(DlaExporter.Export(network, card, parsed.GetValue(output)!.FullName, options, cancel));
            return DlaCommandLine.Done;
        });
        return command;
    }

    private static DlaNetwork CreateRandom(DlaVariant? variant, int classes, ulong seed)
    {
        if (variant is null) throw new ArgumentException("Which network? Give --weights " +
            "with a file or a published name such as dla34, or --variant for random weights.");
        Terminal.Remarks.MarkupLineInterpolated($"No weights are given: {variant.Name} is exported with [bold]random weights[/] (seed {seed}).");
        return new DlaNetwork(variant, new DlaNetworkOptions { NumClasses = classes, Seed = seed });
    }

    private static DlaOutputs ParseOutputs(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(name => Enum.TryParse<DlaOutputs>(name, ignoreCase: true, out var output) && char.IsLetter(name[0])
            ? output
            : throw new ArgumentException($"'{name}' is not an output. Use any of: logits, probabilities, embedding, features."))
        .Aggregate(DlaOutputs.None, (a, b) => a | b);

    internal static void Write(DlaExportReport report)
    {
        var verification = report.Verification;
        Terminal.Results.WriteLine(Terminal.Printable(string.Create(CultureInfo.InvariantCulture, $"{report.Path}: {report.Bytes / 1e6:f1} MB, " +
            $"{string.Join(", ", report.NodeCounts.Select(n => $"{n.Value} {n.Key}"))}")));
        Terminal.Results.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"verified against the module in {verification.Cases.Count} cases: largest difference {verification.RelativeDifference:g3} of the largest value ")
            + string.Create(CultureInfo.InvariantCulture, $"(tolerance {verification.Tolerance:g3}), " +
                $"mean absolute difference {verification.MeanDifference:g3}, top-1 agreement {100 * verification.Top1Agreement:f1} %"));
        Terminal.Results.WriteLine(Truth(verification));
    }

    /// <summary>How far both sides are from the network in float64.</summary>
    internal static string Truth(DlaVerificationReport report) => string.Create(CultureInfo.InvariantCulture,
        $"from the network in float64: the file differs by {report.FileError:g3} of the largest value, the module in float32 by {report.ModuleError:g3}");
}
