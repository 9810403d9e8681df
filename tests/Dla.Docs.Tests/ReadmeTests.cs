using Dla.Cli;
using Dla.Models;
using Dla.Tests;

namespace Dla.Docs.Tests;

/// <summary>What the README and the pages tell people to type works.</summary>
[Collection("current folder and console, of which a process has one")]
public sealed class ReadmeTests(ReadmeFolder folder) : IClassFixture<ReadmeFolder>
{
    /// <summary>For a test's time and without a network: weights from a file, and as little training as there can be.</summary>
    private static readonly (string Said, string Run)[] Substitutes =
        [("--weights dla34", "--weights dla34.safetensors"), ("finetune flowers/", "finetune flowers/ --epochs 1 --size 32 --batch 4"),
            ("--samples 512", "--samples 8")];

    /// <summary>One for all commands: the command keeps the console that it saw first.</summary>
    private static readonly StringWriter Written = new();

    private static string Readme => File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    public static TheoryData<string> Pages => new(
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md").Select(f => Path.GetRelativePath(Repository.Root, f)).Order(), "README.md",
            "notebooks/README.md", "samples/Dla.WebApp/README.md", .. Directory.EnumerateDirectories(Repository.Root, "Dla.*")
                .Select(f => $"{Path.GetFileName(f)}/PACKAGE.md").Where(f => File.Exists(Path.Combine(Repository.Root, f))).Order()]);

    [Theory, MemberData(nameof(Pages))]
    public async Task Every_command_in_a_page_has_the_options_it_shows(string page)
    {
        foreach (var command in MarkdownCode.Commands(await File.ReadAllTextAsync(Path.Combine(Repository.Root, page), TestContext.Current.CancellationToken)))
        {
            var parsed = DlaCommandLine.CreateRoot().Parse([.. Arguments(command)]);
            Assert.True(parsed.Errors.Count == 0 && parsed.UnmatchedTokens.Count == 0 && Suggestion.MistypedOption(parsed) is null,
                $"dla {command}\n{string.Join('\n', parsed.Errors)} {string.Join(' ', parsed.UnmatchedTokens)} {Suggestion.MistypedOption(parsed)}");
        }
    }

    [Fact]
    public async Task The_readme_s_commands_run()
    {
        var commands = MarkdownCode.Commands(Readme).Where(c => !c.StartsWith("weights pull", StringComparison.Ordinal)).ToList();
        foreach (var verb in (string[])["classify", "finetune", "export", "quantize", "weights show"])
            Assert.Contains(commands, c => c.StartsWith(verb, StringComparison.Ordinal));
        await InFolderAsync(async () =>
        {
            foreach (var command in commands)
            {
                var (code, output) = await RunAsync(Arguments(Substitutes.Aggregate(command, (c, s) => c.Replace(s.Said, s.Run, StringComparison.Ordinal))));
                Assert.True(code == DlaCommandLine.Done, $"dla {command}\n{output}");
                Assert.NotEqual("", output);
            }
        });
    }

    [Fact]
    public async Task The_readme_s_programs_run()
    {
        var programs = MarkdownCode.Programs(Readme).ToList();
        Assert.NotEmpty(programs);
        await InFolderAsync(async () =>
        {
            foreach (var program in programs)
                await new NotebookRunner().RunAsync("#r \"nuget: Dla.Finetune\"\nusing System.IO;\n" + program, TestContext.Current.CancellationToken);
        });
        Assert.True(File.Exists(Path.Combine(folder.Path, "classifier.zip")));
    }

    [Fact]
    public void The_table_of_networks_is_what_is_counted_and_published()
    {
        var invariant = System.Globalization.CultureInfo.InvariantCulture;
        var rows = Readme.Split('\n').Where(l => l.StartsWith("| dla", StringComparison.Ordinal)).Select(l => l.Trim('|', ' ', '\r'));
        Assert.Equal(DlaVariant.All.Select(v =>
        {
            var (cost, accuracy) = (DlaCost.Of(v), PublishedAccuracy.Of(v)!);
            return string.Create(invariant, $"{v.Name} | {cost.Parameters:n0} | {cost.MultiplyAccumulates / 1e9:f2} G | ")
                + string.Create(invariant, $"{100 * accuracy.Top1:f2} % | {100 * accuracy.Top5:f2} %");
        }), rows);
    }

    private static string[] Arguments(string command) => command.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private async Task InFolderAsync(Func<Task> action)
    {
        var before = Environment.CurrentDirectory;
        Environment.CurrentDirectory = folder.Path;
        try
        {
            await action();
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    private static async Task<(int Code, string Output)> RunAsync(string[] arguments)
    {
        var (output, errors) = (Console.Out, Console.Error);
        Console.SetOut(Written);
        Console.SetError(Written);
        Written.GetStringBuilder().Clear();
        try
        {
            return (await DlaCommandLine.RunAsync(arguments), Written.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
        }
    }
}
