using System.CommandLine;
using System.Globalization;

namespace Dla.Cli;

/// <summary>What <c>dla "[suggest:POSITION]" LINE</c> prints for the scripts of <c>dla completion</c>.</summary>
internal static class Completions
{
    private const string Directive = "[suggest";

    /// <summary>Whether a command line asks for completions.</summary>
    public static bool AreAsked(string[] args) => args[0].StartsWith(Directive, StringComparison.Ordinal);

    /// <summary>Prints what may stand at the position, or at the line's end where none is given, one a line.</summary>
    public static int Write(RootCommand root, string[] args)
    {
        if (args is not [var directive, var line]) return DlaCommandLine.WrongUsage;
        var position = int.TryParse(directive.AsSpan(Directive.Length).Trim(":]"), CultureInfo.InvariantCulture, out var number) ? number : line.Length;
        if (position > line.Length) line += " ";   // PowerShell leaves spaces at the end out of the line
        foreach (var word in At(root, line, Math.Clamp(position, 0, line.Length))) Console.Out.WriteLine(word);
        return DlaCommandLine.Done;
    }

    /// <summary>Options where a dash has been typed, else verbs and values. Where there are none, shells complete the names of files.</summary>
    internal static IEnumerable<string> At(RootCommand root, string line, int position)
    {
        var word = line[..position].Split(' ')[^1];
        if (word.Contains('=', StringComparison.Ordinal)) return [];   // System.CommandLine completes no --option=value
        return root.Parse(line).GetCompletions(position).Select(c => InCaseOf(word, c.Label))
            .Where(l => l.StartsWith(word, StringComparison.Ordinal) && l.StartsWith('-') == word.StartsWith('-') && !l.StartsWith('/'));
    }

    /// <summary>
    /// A value in small letters where its beginning was typed so: shells compare letters exactly, and the names of enumerations are read in any case.
    /// </summary>
    private static string InCaseOf(string word, string label) =>
        !label.StartsWith(word, StringComparison.Ordinal) && label.StartsWith(word, StringComparison.OrdinalIgnoreCase) ? label.ToLowerInvariant() : label;
}
