using System.CommandLine;
using System.Globalization;
using Dla.Cli.Output;
using Dla.Models;
using Spectre.Console;

namespace Dla.Cli.Commands;

/// <summary><c>dla models</c>: the variants, counted on their modules, beside what was published.</summary>
internal static class ModelsCommand
{
    public static Command Create()
    {
        var command = new Command("models", "List the variants: parameters, multiply-accumulates at 224×224, published ImageNet accuracy.");
        command.SetAction(_ => Terminal.Results.Write(Table()));
        return command;
    }

    private static Table Table()
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("variant");
        foreach (var name in (string[])["parameters", "MACs @224", "ImageNet top-1", "top-5"]) table.AddColumn(new TableColumn(name).RightAligned());
        foreach (var variant in DlaVariant.All)
        {
            var cost = DlaCost.Of(variant);
            var published = PublishedAccuracy.Of(variant);
            table.AddRow(variant.Name, Number(cost.Parameters), Number(cost.MultiplyAccumulates), Percent(published?.Top1), Percent(published?.Top5));
        }
        return table;
    }

    private static string Number(long n) => n.ToString("N0", CultureInfo.InvariantCulture);

    private static string Percent(double? fraction) => fraction is { } f ? string.Create(CultureInfo.InvariantCulture, $"{100 * f:f2} %") : "–";
}
