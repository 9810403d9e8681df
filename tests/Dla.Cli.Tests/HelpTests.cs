using System.CommandLine;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Dla.Cli.Help;

namespace Dla.Cli.Tests;

public sealed class HelpTests
{
    private static IEnumerable<Command> Verbs(Command command) => command.Subcommands.SelectMany(c => Verbs(c).Prepend(c));

    public static TheoryData<string> Paths => new(Verbs(DlaCommandLine.CreateRoot()).Select(CommandExamples.Path).Prepend("dla"));

    private static Command Find(string path) =>
        Verbs(DlaCommandLine.CreateRoot()).Prepend(DlaCommandLine.CreateRoot()).First(c => CommandExamples.Path(c) == path);

    /// <summary>The help as it is printed for a terminal of this many columns.</summary>
    private static string Help(string path)
    {
        using var output = new StringWriter();
        DlaCommandLine.CreateRoot().Parse([.. path == "dla" ? [] : path.Split(' '), "--help"]).Invoke(new InvocationConfiguration { Output = output });
        return Regex.Replace(output.ToString(), @" \\\r?\n\s+", " ");   // examples of several lines as one
    }

    [Theory, MemberData(nameof(Paths))]
    public void Every_verb_has_examples_that_parse(string path)
    {
        var examples = CommandExamples.Of(Find(path));
        Assert.NotEmpty(examples);
        var help = Help(path);
        foreach (var example in examples)
        {
            Assert.Contains(example, help, StringComparison.Ordinal);
            var command = example.Split("dla ", 2)[1].Split('>', ')')[0].Trim();
            Assert.Empty(DlaCommandLine.CreateRoot().Parse(command).Errors);
            if (path != "dla") Assert.StartsWith(path, command, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Help_tables_and_welcome_fit_60_columns()
    {
        var narrow = new Dictionary<string, string?> { ["COLUMNS"] = "60" };
        foreach (var arguments in (string[][])[[], ["--help"], ["evaluate", "--help"], ["classify", "--help"], ["export", "--help"], ["finetune", "--help"],
            ["weights", "pull", "--help"], ["models"], ["weights", "list"]])
        {
            var run = await DlaProcess.RunAsync(arguments, null, narrow);
            Assert.Equal(0, run.ExitCode);
            // one long word, as an address, cannot be broken
            foreach (var line in run.Output.Split('\n').Where(l => l.TrimEnd().Length > 60)) Assert.DoesNotContain(' ', line.Trim());
        }
    }

    [Fact]
    public void A_long_example_is_broken_where_a_shell_goes_on_reading()
    {
        var lines = ExampleHelp.Wrap("dla evaluate photos/ -m flowers.onnx --report report.html --json flowers.json", 40).ToList();
        Assert.All(lines, l => Assert.InRange(l.Length, 1, 40));
        Assert.All(lines.SkipLast(1), l => Assert.EndsWith(" \\", l, StringComparison.Ordinal));
        Assert.Equal("dla evaluate photos/ -m flowers.onnx --report report.html --json " +
            "flowers.json", string.Join(' ', lines.Select(l => l.TrimEnd('\\').Trim())));
    }

    [Theory]
    [InlineData("Did you mean '--format'?", "classify", "a.jpg", "--fromat", "csv")]
    [InlineData("Did you mean '--verbose'?", "models", "--verbos")]
    [InlineData("Did you mean 'pull'?", "weights", "pul")]
    [InlineData("Did you mean 'dla34'", "export", "--variant", "dla35", "-o", "m.onnx")]
    [InlineData("Did you mean 'evaluate'?", "evalaute", "cifar100")]
    [InlineData("Did you mean 'dla34'", "weights", "pull", "dla35")]
    [InlineData("Did you mean 'dla46_c'", "weights", "show", "dla46c")]
    [InlineData("Did you mean 'official/dla34'", "weights", "convert", "oficial/dla34", "out.safetensors")]
    [InlineData("Did you mean 'dla60x'", "export", "--weights", "dla6Ox", "-o", "m.onnx")]
    public async Task Mistyped_names_are_answered_with_the_nearest(string answer, params string[] arguments)
    {
        var run = await DlaProcess.RunAsync(arguments);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(answer, run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'cifar100' was taken as a value of --json. Write 'dla evaluate cifar100 --json', " +
        "or 'dla evaluate DATA --json cifar100'.", "evaluate", "--json", "cifar100")]
    [InlineData("'m.onnx' was taken as a value of --keep-float. " +
        "Write 'dla quantize m.onnx --keep-float first', or", "quantize", "--keep-float", "first", "m.onnx")]
    [InlineData("Required argument 'DATA' missing", "evaluate", "--json")]
    [InlineData("Required argument 'DATA' missing", "evaluate", "--csv", "cifar100")]
    public async Task A_missing_argument_that_an_option_took_is_found_there(string answer, params string[] arguments)
    {
        var run = await DlaProcess.RunAsync(arguments);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(answer, run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_run_says_how_to_get_more_detail_and_gives_it()
    {
        var brief = await DlaProcess.RunAsync("classify", "a.jpg", "-m", "absent.onnx");
        Assert.Equal(1, brief.ExitCode);
        Assert.Contains("--verbose", Assert.Single(brief.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        var whole = await DlaProcess.RunAsync("classify", "a.jpg", "-m", "absent.onnx", "--verbose");
        Assert.Equal(1, whole.ExitCode);
        Assert.Contains("   at ", whole.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_that_of_the_assembly()
    {
        var run = await DlaProcess.RunAsync("--version");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith(typeof(DlaCommandLine).Assembly.GetName().Version!.ToString(3), run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NO_COLOR_is_heeded_on_a_terminal()
    {
        if (!OperatingSystem.IsLinux() || !System.IO.File.Exists("/usr/bin/script")) Assert.Skip("needs script, which gives a command a terminal");
        using var small = new SmallModel();
        var command = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "dla.dll")}' finetune '{small.Images}' --variant dla46_c --size 32 --batch 8 " +
            $"--epochs 1 --threads 1 --bad-images Skip --output '{small.Folder}/";
        async Task<string> Run(string? noColor)
        {
            var start = new ProcessStartInfo("/usr/bin/script")
            {
                ArgumentList = { "-qec", $"{command}run{noColor}.onnx'", "/dev/null" },
                RedirectStandardOutput = true, RedirectStandardInput = true,
            };
            (start.Environment["TERM"], start.Environment["NO_COLOR"]) = ("xterm-256color", noColor);
            using var process = Process.Start(start)!;
            var shown = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return shown;
        }
        const string Colour = "\u001b\\[([0-9]+;)*(3[0-8]|4[0-8]|9[0-7])(;[0-9]+)*m";
        var (coloured, plain) = (await Run(null), await Run("1"));
        Assert.Matches(Colour, coloured);
        Assert.DoesNotMatch(Colour, plain);
        Assert.Contains("random weights", plain, StringComparison.Ordinal);
    }
}
