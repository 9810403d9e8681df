using System.CommandLine;
using Dla.Cli.Output;
using Dla.Models;

namespace Dla.Cli;

/// <summary>The options by which every verb takes a network: <c>--variant</c>, <c>--weights</c> and <c>--offline</c>.</summary>
internal sealed class WeightsOptions
{
    public Option<string?> Variant { get; } = new("--variant") { Description = "The network, such as dla34; " +
        "'dla models' lists them. Default: told from the weights; needed without any.", HelpName = "name" };

    public Option<string?> Weights { get; } = new("--weights") { Description = "A weight file (.pth, .safetensors, .pdparams), " +
        "or a published one's name such as dla34 or official/dla34, which is downloaded once.", HelpName = "file or name" };

    public Option<bool> Offline { get; } = new("--offline") { Description = "Download nothing, neither weights nor CIFAR-100; use what is on this machine." };

    public void AddTo(Command command)
    {
        Variant.CompletionSources.Add([.. DlaVariant.All.Select(v => v.Name)]);
        command.Add(Variant);
        command.Add(Weights);
        command.Add(Offline);
    }

    /// <summary>The network with its weights, told on standard error.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="options">Classes, seed and so on; the variant and the store come from the command line.</param>
    /// <param name="cancel">Stops a download.</param>
    /// <returns><see langword="null"/> where no weights are given.</returns>
    public async Task<DlaPretrained?> LoadAsync(ParseResult parsed, DlaPretrainedOptions options, CancellationToken cancel)
    {
        if (parsed.GetValue(Weights) is not { } weights) return null;
        RequireKnown(weights);
        DlaPretrained loaded;
        using (var reporter = new DownloadReporter())
            loaded = await DlaPretrained.LoadAsync(weights, options with { Variant = ParseVariant(parsed), Store = Store(parsed, Offline) }, reporter, cancel);
        foreach (var remark in loaded.Report.Remarks) await Console.Error.WriteLineAsync($"{weights}: {remark}");
        return loaded;
    }

    /// <summary>The variant, where one is given.</summary>
    /// <exception cref="ArgumentException">There is no such variant.</exception>
    public DlaVariant? ParseVariant(ParseResult parsed)
    {
        if (parsed.GetValue(Variant) is not { } name) return null;
        var near = DlaVariant.All.Any(v => v.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ? "" : Suggestion.DidYouMean(name, DlaVariant.All.Select(v => v.Name));
        return near.Length > 0 ? throw new ArgumentException($"'{name}' is not a DLA variant.{near} Use one of: " +
            $"{string.Join(", ", DlaVariant.All.Select(v => v.Name))}.") : DlaVariant.Parse(name);
    }

    /// <summary>Answers the mistyped name of published weights with the nearest.</summary>
    /// <param name="weights">A file or a published name.</param>
    /// <exception cref="ArgumentException">It is neither, but nearly a published name.</exception>
    public static void RequireKnown(string weights)
    {
        string[] variants = [.. DlaVariant.All.Select(v => v.Name)];
        bool Has(IEnumerable<string> names, string name) => names.Contains(name, StringComparer.OrdinalIgnoreCase);
        if (Path.Exists(weights) || Path.HasExtension(weights) || Has(variants, weights)) return;
        var names = variants;
        if (weights.Split('/') is [var source, .. var rest] && rest.Length > 0)
        {
            names = [.. PublishedWeights.All.Select(w => w.Name)];
            if (Has(names.Select(n => n.Split('/')[0]), source) && Has(variants, rest[^1])) return;   // it is known which of them the source has
        }
        if (Suggestion.DidYouMean(weights, names) is { Length: > 0 } near)
            throw new ArgumentException($"'{weights}' is neither a weight file nor the name of published weights.{near}");
    }

    /// <summary>The path of a weight file, or of published weights, which are downloaded if need be.</summary>
    public static async Task<string> ResolveAsync(ParseResult parsed, Argument<string> weights, Option<bool> offline, CancellationToken cancel)
    {
        var name = parsed.GetValue(weights)!;
        RequireKnown(name);
        using var reporter = new DownloadReporter();
        return await Store(parsed, offline).ResolveAsync(name, reporter, cancel);
    }

    public static WeightStore Store(ParseResult parsed, Option<bool> offline) => new(new WeightStoreOptions { Offline = parsed.GetValue(offline) });
}
