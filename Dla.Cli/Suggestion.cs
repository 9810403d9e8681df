using System.CommandLine;

namespace Dla.Cli;

/// <summary>The answer to a mistyped verb or option: the nearest ones that exist.</summary>
internal static class Suggestion
{
    /// <summary>Letters that may be wrong for a name still to be meant.</summary>
    private const int Tolerance = 3;

    public static string For(string mistyped, Command verb)
    {
        var isOption = mistyped.StartsWith('-');
        var names = isOption ? verb.Options.SelectMany(o => o.Aliases.Append(o.Name)) : verb.Subcommands.Select(c => c.Name);
        var near = names.Select(n => (Name: n, Distance: Distance(mistyped, n))).Where(n => n.Distance <= Tolerance).OrderBy(n => n.Distance).Select(n => $"'{n.Name}'").Take(2).ToArray();
        var remedy = near.Length > 0 ? $" Did you mean {string.Join(" or ", near)}?" : "";
        return $"'{mistyped}' is not {(isOption ? "an option" : verb.Subcommands.Count > 0 ? "a command" : "expected here")}.{remedy}";
    }

    /// <summary>Levenshtein's distance: letters to insert, delete or replace.</summary>
    internal static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}
