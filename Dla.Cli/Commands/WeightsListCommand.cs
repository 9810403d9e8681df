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
        var command = new Command("list", "List the published weights: training, accuracy, hash, address, and which are on this machine.");
        command.SetAction(_ =>
        {
            Terminal.Results.Write(Table());
            Terminal.Remarks.WriteLine($"Download with 'dla weights pull NAME'. The files are kept in {new WeightStore().Folder}.");
        });
        return command;
    }

    private static Table Table()
    {
        var store = new WeightStore();
        var table = new Table().Border(TableBorder.Simple).AddColumn("name").AddColumn("training").AddColumn(new TableColumn("top-1").RightAligned())
            .AddColumn(new TableColumn("top-5").RightAligned()).AddColumn("SHA-256").AddColumn("here").AddColumn(new TableColumn("address").NoWrap());
        foreach (var weights in PublishedWeights.All)
        {
            table.AddRow(weights.Name, weights.Tricks ? "with tricks" : "authors'", Percent(weights.Accuracy.Top1), Percent(weights.Accuracy.Top5),
                weights.Sha256?[..8] ?? "–", store.Find(weights) is null ? "" : "yes", Markup.Escape(weights.Addresses[0].AbsoluteUri));
        }
        return table;
    }

    private static string Percent(double fraction) => string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:f2} %");
}
