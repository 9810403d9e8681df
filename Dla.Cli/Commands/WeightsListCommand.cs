using System.CommandLine;
using System.Globalization;
using Dla.Cli.Output;
using Dla.Models;
using Spectre.Console;

namespace Dla.Cli.Commands;

/// <summary><c>dla weights list</c>: every published file, its accuracy, and whether it is on this machine.</summary>
internal static class WeightsListCommand
{
    public static Command Create()
    {
        var command = new Command("list", "List the published weights: accuracy, whether they were trained with tricks " +
            "(augmentation and schedule of later years), which are on this machine, addresses and hashes.");
        command.SetAction(_ =>
        {
            Terminal.Results.Write(Table());
            foreach (var weights in PublishedWeights.All)
            {
                // Addresses are longer than a terminal is wide, so that each has a line of its own.
                Console.Out.WriteLine(weights.Name);
                Console.Out.WriteLine($"  {weights.Addresses[0].AbsoluteUri}");
                // the authors publish the first digits
                if (weights.Sha256 is { } hash) Console.Out.WriteLine($"  sha256:{hash}{(hash.Length < 64 ? "…" : "")}");
            }
            Terminal.Remarks.WriteLine($"Download with 'dla weights pull NAME'. The files are kept in {new WeightStore().Folder}.");
        });
        return command;
    }

    private static Table Table()
    {
        var store = new WeightStore();
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("name").NoWrap()).AddColumn("tricks")
            .AddColumn(new TableColumn("top-1, %").RightAligned()).AddColumn(new TableColumn("top-5, %").RightAligned()).AddColumn("here");
        foreach (var weights in PublishedWeights.All)
        {
            table.AddRow(weights.Name, weights.Tricks ? "yes" : "", Percent(weights.Accuracy.Top1), Percent(weights.Accuracy.Top5),
                store.Find(weights) is null ? "" : "yes");
        }
        return table;
    }

    private static string Percent(double fraction) => string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:f2}");
}
