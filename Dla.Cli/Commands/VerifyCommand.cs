using System.CommandLine;
using System.Globalization;
using Dla.Export;
using Dla.Models;

namespace Dla.Cli.Commands;

/// <summary><c>dla verify</c>: an ONNX file, whoever wrote it, against the weights it should have been made of.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var model = new Argument<FileInfo>("MODEL") { Description = "An ONNX file, of 'dla export' or of another exporter." };
        var weights = new WeightsOptions();
        var size = new Option<int?>("--size") { Description = "Height and width tried where " +
            "the file leaves them free, a multiple of 32. Default: the model card's, or 224." };
        var tolerance = new Option<double>("--tolerance") { Description = "Largest difference that passes, " +
            "relative to the largest value; 1e-2 suits 16-bit floats.", DefaultValueFactory = _ => 1e-4 };
        var command = new Command("verify", "Compare an ONNX file with the TorchSharp network " +
            "of given weights, on several batches and sizes.") { model, size, tolerance };
        weights.AddTo(command);
        weights.Weights.Required = true;
        command.SetAction(async (parsed, cancel) =>
        {
            var path = parsed.GetValue(model)!.FullName;
            EarlyChecks.RequireModel(path);
            var loaded = await weights.LoadAsync(parsed, new DlaPretrainedOptions(), cancel);
            using var network = loaded!.Network;
            var preprocessing = DlaVerifier.Preprocessing(path) ?? loaded.Card().Preprocessing;
            if (parsed.GetValue(size) is { } pixels) preprocessing = preprocessing.ScaledTo(pixels);
            var report = DlaVerifier.Verify(path, network, preprocessing, parsed.GetValue(tolerance), cancel);
            foreach (var c in report.Cases)
                await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                    $"{c.Output} of [{string.Join(", ", c.InputShape)}]: largest difference {c.MaxDifference:g3} ({c.RelativeDifference:g3} " +
                        $"of the largest value), mean absolute difference {c.MeanDifference:g3}, top-1 agreement {100 * c.Top1Agreement:f1} %"));
            await Console.Out.WriteLineAsync(ExportCommand.Truth(report));
            report.ThrowIfFailed();
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{path} is {loaded.Weights} as {network.Variant.Name}: " +
                $"within {report.Tolerance:g3}."));
            return DlaCommandLine.Done;
        });
        return command;
    }
}
