using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Dla.Cli.Output;

namespace Dla.Cli.Help;

/// <summary>The usual help, as wide as the terminal, with examples below.</summary>
internal sealed class ExampleHelp(HelpAction help) : SynchronousCommandLineAction
{
    /// <summary>Narrower help would be one word a line.</summary>
    private const int LeastWidth = 40;

    /// <summary>Gives the help of a root and of all its verbs examples.</summary>
    public static void AddTo(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Action = new ExampleHelp((HelpAction)option.Action!);
    }

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var width = Math.Max(LeastWidth, Terminal.Width);
        help.MaxWidth = width;
        var status = help.Invoke(parseResult);
        var examples = CommandExamples.Of(parseResult.CommandResult.Command);
        if (examples.Count == 0) return status;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine(examples.Count == 1 ? "Example:" : "Examples:");
        foreach (var example in examples)
            foreach (var line in Wrap(example, width)) output.WriteLine(line);
        return status;
    }

    /// <summary>A command line on as many lines as it needs, which a shell still reads as one.</summary>
    internal static IEnumerable<string> Wrap(string example, int width)
    {
        var line = " ";
        foreach (var word in Words(example))
        {
            if (line.Length + 1 + word.Length + 2 > width && line.Trim().Length > 0)
            {
                yield return line + " \\";
                line = "   ";
            }
            line += " " + word;
        }
        yield return line;
    }

    /// <summary>The words, an option together with its value.</summary>
    private static List<string> Words(string example)
    {
        var words = new List<string>();
        foreach (var word in example.Split(' '))
        {
            if (words.Count > 0 && words[^1] is ['-', ..] option && !option.Contains(' ', StringComparison.Ordinal) && word[0] != '-')
                words[^1] = $"{option} {word}";
            else words.Add(word);
        }
        return words;
    }
}
