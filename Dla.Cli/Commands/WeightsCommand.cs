using System.CommandLine;

namespace Dla.Cli.Commands;

/// <summary><c>dla weights</c>: the catalogue of published weights, and what is in a weight file.</summary>
internal static class WeightsCommand
{
    public static Command Create() => new("weights", "List, download, inspect and convert weights.")
    {
        WeightsListCommand.Create(),
        WeightsPullCommand.Create(),
        WeightsShowCommand.Create(),
        WeightsConvertCommand.Create(),
    };
}
