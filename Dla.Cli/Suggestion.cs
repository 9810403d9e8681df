using System.CommandLine;
using System.CommandLine.Parsing;
using Dla.Cli.Help;

namespace Dla.Cli;

/// <summary>The answer to a mistyped verb or option: the nearest ones that exist.</summary>
internal static class Suggestion
{
    /// <summary>Letters that may be wrong for a name still to be meant.</summary>
    private const int Tolerance = 3;

    /// <summary>What a mistyped verb or option is told.</summary>
    public static string For(string mistyped, Command verb)
    {
        var isOption = mistyped.StartsWith('-');
        var names = isOption ? Options(verb).SelectMany(o => o.Aliases.Append(o.Name)) : verb.Subcommands.Select(c => c.Name);
        return $"'{mistyped}' is not {(isOption ? "an option" : verb.Subcommands.Count > 0 ? "a command" : "expected here")}.{DidYouMean(mistyped, names)}";
    }

    /// <summary><c> Did you mean …?</c> with the nearest names, or nothing where none is near.</summary>
    public static string DidYouMean(string mistyped, IEnumerable<string> names)
    {
        var tolerance = Math.Min(Tolerance, Math.Max(1, mistyped.Length / 2));
        var near = names.Select(n => (Name: n, Distance: Distance(mistyped, n))).Where(n => n.Distance <= tolerance).OrderBy(n => n.Distance)
            .Select(n => $"'{n.Name}'").Take(2).ToArray();
        return near.Length > 0 ? $" Did you mean {string.Join(" or ", near)}?" : "";
    }

    /// <summary>An unknown option that was taken for one of a verb's many arguments, where no file is called so.</summary>
    public static string? MistypedOption(ParseResult parsed) => parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens)
        .Select(t => t.Value)
        .FirstOrDefault(v => v.Length > 1 && v[0] == '-' && !char.IsAsciiDigit(v[1]) && !Path.Exists(v));

    /// <summary>
    /// What to write where an option that may do with fewer values took the word that was meant for the verb, as in <c>evaluate --json cifar100</c>.
    /// </summary>
    public static string? TakenByOption(ParseResult parsed)
    {
        var command = parsed.CommandResult;
        var missing = command.Command.Arguments.FirstOrDefault(a => a.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(a) is null or { Tokens.Count: 0 });
        var taker = command.Children.OfType<OptionResult>().LastOrDefault(o => o.Tokens.Count > o.IdentifierTokenCount * o.Option.Arity.MinimumNumberOfValues);
        if (missing is null || taker is not { IdentifierToken.Value: var option }) return null;
        var (verb, word) = (CommandExamples.Path(command.Command), taker.Tokens[^1].Value);
        var kept = string.Concat(taker.Tokens.SkipLast(1).Select(t => $" {t.Value}"));
        return $"{missing.Name} is missing: '{word}' was taken as a value of {option}. "
            + $"Write 'dla {verb} {word} {option}{kept}', or 'dla {verb} {missing.Name} {option}{kept} {word}'.";
    }

    /// <summary>The options of a verb, and those that all verbs have.</summary>
    private static IEnumerable<Option> Options(Command verb) =>
        verb.Options.Concat(verb.Parents.OfType<Command>().SelectMany(Options).Where(o => o.Recursive));

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
