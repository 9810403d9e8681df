using System.Text.RegularExpressions;

namespace Dla.Docs.Tests;

/// <summary>The commands and programs in a page: indented or fenced code.</summary>
internal static partial class MarkdownCode
{
    /// <summary>The arguments of every <c>dla</c> command in code lines, without comments, descriptions and redirections.</summary>
    public static IEnumerable<string> Commands(string page)
    {
        var isFenced = false;
        foreach (var line in page.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) isFenced = !isFenced;
            else if ((isFenced || line.StartsWith("    ", StringComparison.Ordinal)) && Command().Match(line) is { Success: true } match)
                yield return Rest().Replace(match.Groups["arguments"].Value, "").Trim();
        }
    }

    /// <summary>The C# programs.</summary>
    public static IEnumerable<string> Programs(string page) => Fenced().Matches(page.ReplaceLineEndings("\n")).Select(m => m.Groups["code"].Value);

    [GeneratedRegex("^ *((nohup|nice) )*dla (?<arguments>.+)$")]
    private static partial Regex Command();

    /// <summary>What stands behind a command: a comment, a description set off by spaces, a pipe or a redirection.</summary>
    [GeneratedRegex("( #| \\| | >| &|   +(?!-)).*$")]
    private static partial Regex Rest();

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fenced();
}
