using System.CommandLine;
using Dla.Cli.Output;
using Dla.Models;

namespace Dla.Cli.Commands;

/// <summary><c>dla weights pull</c>: published weights into the user's cache.</summary>
internal static class WeightsPullCommand
{
    public static Command Create()
    {
        var names = new Argument<string[]>("NAME") { Description = "A variant such as dla34, " +
            "or a source and a variant such as official/dla34.", Arity = ArgumentArity.OneOrMore };
        var source = new Option<string?>("--source") { Description = "Who publishes them: timm (the default), official, official-tricks, release or paddle." };
        source.AcceptOnlyFromAmong("timm", "official", "official-tricks", "release", "paddle");
        var offline = new Option<bool>("--offline") { Description = "Download nothing; tell where the cached file is." };
        var command = new Command("pull", "Download published weights into the cache, check them, and print their paths.") { names, source, offline };
        command.SetAction(async (parsed, cancel) =>
        {
            var wanted = parsed.GetValue(names)!.Select(n => Parse(parsed.GetValue(source) is { } s ? $"{s}/{n}" : n)).ToList();
            var store = WeightsOptions.Store(parsed, offline);
            foreach (var weights in wanted)
            {
                string path;
                using (var reporter = new DownloadReporter()) path = await store.PullAsync(weights, reporter, cancel);
                Console.Out.WriteLine(path);
            }
            return DlaCommandLine.Done;
        });
        return command;
    }

    private static PublishedWeights Parse(string name)
    {
        WeightsOptions.RequireKnown(name);
        return PublishedWeights.Parse(name);
    }
}
