using System.Globalization;
using Spectre.Console;

namespace Dla.Cli.Output;

/// <summary>Results go to standard output; progress and remarks to standard error.</summary>
internal static class Terminal
{
    /// <summary>Columns of a console that is a file or a pipe: lines and tables keep their full width there.</summary>
    private const int Unlimited = 4096;

    public static IAnsiConsole Results { get; } = Create(Console.Out, Console.IsOutputRedirected, new AnsiConsoleOutput(Console.Out));

    public static IAnsiConsole Remarks { get; } = Create(Console.Error, Console.IsErrorRedirected,
        new LastingOutput(Console.Error, new LastingWriter(Console.Error)));

    /// <summary>Whether progress bars can be drawn: a person is looking at standard error.</summary>
    public static bool IsInteractive => !Console.IsErrorRedirected && Remarks.Profile.Capabilities.Interactive;

    /// <summary>Columns that standard output has: what COLUMNS says, else the terminal's, else no end of them.</summary>
    public static int Width => Columns ?? (Console.IsOutputRedirected ? Unlimited : Results.Profile.Width);

    /// <summary>Names come from files: control characters could change what the terminal shows, or split a line.</summary>
    public static string Printable(string line) => !line.Any(char.IsControl) ? line : string.Concat(line.Select(c => char.IsControl(c) ? '?' : c));

    /// <summary>Writes a line that may have names of files or classes to standard error.</summary>
    public static void Remark(string line) => Remarks.WriteLine(Printable(line));

    private static int? Columns => int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var columns)
        && columns > 0 ? columns : null;

    private static IAnsiConsole Create(TextWriter writer, bool redirected, IAnsiConsoleOutput terminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = redirected ? new AnsiConsoleOutput(new TrimmedLines(writer)) : terminal,
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,   // detected would be whether the other stream is a terminal
            ColorSystem = redirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (Columns is { } columns) console.Profile.Width = columns;
        else if (redirected) console.Profile.Width = Unlimited;
        return console;
    }
}
