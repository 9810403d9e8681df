using Spectre.Console;

namespace Dla.Cli.Output;

/// <summary>Results go to standard output; progress and remarks to standard error.</summary>
internal static class Terminal
{
    public static IAnsiConsole Results { get; } = AnsiConsole.Console;

    public static IAnsiConsole Remarks { get; } = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    /// <summary>Whether progress bars can be drawn: a person is looking at standard error.</summary>
    public static bool IsInteractive => !Console.IsErrorRedirected && Remarks.Profile.Capabilities.Interactive;

    /// <summary>Prints a table, full width where the output is a file so that nothing is cut.</summary>
    public static void Write(Table table)
    {
        if (Console.IsOutputRedirected) Results.Profile.Width = 200;
        Results.Write(table);
    }
}
