using System.CommandLine;
using Dla.Models;

namespace Dla.Cli.Commands;

/// <summary><c>dla weights convert</c>: a weight file of any format as safetensors.</summary>
internal static class WeightsConvertCommand
{
    public static Command Create()
    {
        var input = new Argument<string>("IN") { Description = "A weight file, or a published one's name." };
        var output = new Argument<FileInfo>("OUT") { Description = "The safetensors file to write." };
        var offline = new Option<bool>("--offline") { Description = "Download nothing; use the cache." };
        var command = new Command("convert", "Save weights as safetensors with the names that this project and timm use. " +
            "Values stay as they are, bit for bit.") { input, output, offline };
        command.SetAction(async (parsed, cancel) =>
        {
            var path = await WeightsOptions.ResolveAsync(parsed, input, offline, cancel);
            EarlyChecks.RequireOther(output.Name, parsed.GetValue(output)!.FullName, path);
            using var checkpoint = Checkpoint.Open(path);
            var fit = checkpoint.SaveAsSafetensors(parsed.GetValue(output)!.FullName);
            if (fit.DeadProjections.Count > 0) Console.Error.WriteLine($"{fit.DeadProjections.Count} " +
                "tensors of projections that the original code never uses were left out.");
            if (!fit.IsComplete) Console.Error.WriteLine($"The tensors are of none of the published variants; the nearest is {fit.Variant.Name}.");
            Console.Out.WriteLine($"{parsed.GetValue(output)!.FullName}: {(fit.IsComplete ? fit.Variant.Name : "another network")}");
            return DlaCommandLine.Done;
        });
        return command;
    }
}
