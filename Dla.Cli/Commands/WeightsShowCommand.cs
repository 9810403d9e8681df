using System.CommandLine;
using System.Globalization;
using Dla.Cli.Output;
using Dla.Models;

namespace Dla.Cli.Commands;

/// <summary><c>dla weights show</c>: what is in a weight file, and which network it is of.</summary>
internal static class WeightsShowCommand
{
    /// <summary>Characters of a metadata value that are shown.</summary>
    private const int Longest = 200;

    /// <summary>Batch norms count their batches in scalars, which would hide the weights: they come last.</summary>
    private const string Counter = ".num_batches_tracked";

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A weight file, or a published one's name." };
        var offline = new Option<bool>("--offline") { Description = "Download nothing; use the cache." };
        var command = new Command("show", "Show a weight file: format, tensors, and which variant it fits. Nothing in the file is executed.") { file, offline };
        command.SetAction(async (parsed, cancel) =>
        {
            using var checkpoint = Checkpoint.Open(await WeightsOptions.ResolveAsync(parsed, file, offline, cancel));
            foreach (var line in Lines(checkpoint)) Console.Out.WriteLine(Terminal.Printable(line));
            return DlaCommandLine.Done;
        });
        return command;
    }

    private static IEnumerable<string> Lines(Checkpoint checkpoint)
    {
        string Number(long n) => n.ToString("N0", CultureInfo.InvariantCulture);
        yield return $"file:     {checkpoint.Path}, {Number(checkpoint.Length)} bytes";
        yield return $"format:   {Name(checkpoint.Format)}{(checkpoint.Part is { } part ? $", the checkpoint's '{part}'" : "")}";
        foreach (var (key, value) in checkpoint.Metadata) yield return $"metadata: {key} = {OnOneLine(value)}";
        var types = string.Join(", ", checkpoint.Tensors.GroupBy(t => t.Type).Select(g => $"{g.Count()} {g.Key}"));
        yield return $"tensors:  {checkpoint.Tensors.Count} ({types}), {Number(checkpoint.Tensors.Sum(t => t.Count))} values";
        foreach (var line in Fit(checkpoint.FindVariant())) yield return line;
        yield return "";
        var width = checkpoint.Tensors.Select(t => t.Name.Length).DefaultIfEmpty().Max();
        foreach (var tensor in checkpoint.Tensors.OrderBy(t => t.Name.EndsWith(Counter, StringComparison.Ordinal))) yield return $"{tensor.Name.PadRight(width)}  {tensor.Type,-8}  [{string.Join(", ", tensor.Shape)}]";
    }

    /// <summary>The beginning of a text that may have several lines, such as a model card's JSON.</summary>
    private static string OnOneLine(string text)
    {
        var line = string.Join(' ', text[..Math.Min(text.Length, 4 * Longest)].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length > Longest || text.Length > 4 * Longest ? line[..Math.Min(line.Length, Longest)] + "…" : line;
    }

    private static IEnumerable<string> Fit(CheckpointFit fit)
    {
        if (fit.IsComplete) yield return $"variant:  {fit.Variant.Name}, {(fit.NumClasses is { } classes ? $"{classes} classes" : "no head")}, " +
            $"{fit.InputChannels} image channels";
        else
        {
            yield return $"variant:  none of the published ones; the nearest is {fit.Variant.Name} ({fit.Matching} tensors fit)";
            foreach (var (names, what) in (IEnumerable<(IReadOnlyList<object>, string)>)[(fit.Missing, "missing"), (fit.Unexpected, "unexpected"),
                (fit.Misshapen, "differ")])
                if (names.Count > 0) yield return $"          {names.Count} {what}: {string.Join(", ", names.Take(10))}{(names.Count > 10 ? ", …" : "")}";
        }
        if (fit.DeadProjections.Count > 0) yield return $"          {fit.DeadProjections.Count} " +
            "tensors of projections that the original code never uses are dropped on loading";
    }

    private static string Name(CheckpointFormat format) => format switch
    {
        CheckpointFormat.PyTorchLegacy => "PyTorch, legacy (before 1.6)",
        CheckpointFormat.PyTorchZip => "PyTorch, zip",
        CheckpointFormat.Paddle => "PaddlePaddle",
        _ => format.ToString().ToLowerInvariant(),
    };
}
