using System.Diagnostics;
using Dla.Models;

namespace Dla.Cli.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("dla eval", "evaluate")]
    [InlineData("dla weights p", "pull")]
    [InlineData("dla classify a.jpg --form", "--format")]
    [InlineData("dla classify a.jpg --format j", "jsonl")]
    [InlineData("dla export --variant dla46", "dla46_c", "dla46x_c")]
    [InlineData("dla completion z", "zsh")]
    [InlineData("dla evaluate cifar100 --split t", "test", "train")]
    [InlineData("dla classify ")]   // the shell goes on with files
    public async Task Bash_completes_verbs_options_and_values(string line, params string[] expected)
    {
        if (!OperatingSystem.IsLinux() || !System.IO.File.Exists("/bin/bash")) Assert.Skip("needs bash");
        var script = (await DlaProcess.RunAsync("completion", "bash")).Output;
        var command = $$"""
            dla() { dotnet '{{Path.Combine(AppContext.BaseDirectory, "dla.dll")}}' "$@"; }
            {{script}}
            COMP_LINE='{{line}}'; COMP_POINT=${#COMP_LINE}; COMP_WORDS=($COMP_LINE); COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
            _dla_complete; printf '%s\n' "${COMPREPLY[@]}"
            """;
        using var bash = Process.Start(new ProcessStartInfo("/bin/bash") { ArgumentList = { "-c", command }, RedirectStandardOutput = true,
            RedirectStandardError = true })!;
        var errors = bash.StandardError.ReadToEndAsync();
        var found = (await bash.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await bash.WaitForExitAsync();
        Assert.Equal("", await errors);
        Assert.All(expected, e => Assert.Contains(e, found));
        if (expected.Length == 0) Assert.Empty(found);
        Assert.All(found, f => Assert.StartsWith(line[(line.LastIndexOf(' ') + 1)..], f, StringComparison.Ordinal));
    }

    [Fact]
    public async Task PowerShell_completes_verbs_options_values_and_files()
    {
        var shell = PathTo("pwsh") ?? Skip("needs PowerShell: dotnet tool install -g PowerShell");
        var expected = new Dictionary<string, string>
        {
            ["dla ev"] = "evaluate",
            ["dla weights "] = "convert list pull show",
            ["dla export --variant dla3"] = "dla34",
            ["cd x; dla weights p"] = "pull",
            ["dla classify a.jpg --js"] = "",
            ["dla classify only"] = "./only.jpg",
        };
        var folder = Directory.CreateTempSubdirectory("dla-pwsh-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "only.jpg"), "");
            var script = Path.Combine(folder.FullName, "complete.ps1");
            await File.WriteAllTextAsync(script, $$"""
                function dla { & dotnet '{{Path.Combine(AppContext.BaseDirectory, "dla.dll")}}' @args }
                {{(await DlaProcess.RunAsync("completion", "pwsh")).Output}}
                foreach ($line in '{{string.Join("', '", expected.Keys)}}') {
                    "$line=" + ((TabExpansion2 $line $line.Length).CompletionMatches.CompletionText -join ' ')
                }
                """);
            var start = new ProcessStartInfo(shell, ["-NoProfile", "-File", script]) { WorkingDirectory = folder.FullName, RedirectStandardOutput = true };
            using var pwsh = Process.Start(start)!;
            var found = await pwsh.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(2));
            Assert.Equal(expected.Select(e => $"{e.Key}={e.Value}"), found.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("zsh", "compdef")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public async Task Other_shells_get_their_script(string shell, string part)
    {
        var run = await DlaProcess.RunAsync("completion", shell);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(part, run.Output, StringComparison.Ordinal);
        Assert.Contains("[suggest:$", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[suggest:12]", "dla weights", "convert", "list", "pull", "show")]   // behind a space that PowerShell left out
    [InlineData("[suggest:9]", "dla weigh", "weights")]
    [InlineData("[suggest]", "dla weigh", "weights")]
    [InlineData("[suggest:23]", "dla evaluate --split=te")]
    public async Task The_position_tells_what_is_completed(string directive, string line, params string[] expected)
    {
        var run = await DlaProcess.RunAsync(directive, line);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Equal(expected, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Fact]
    public void Every_variant_is_completed()
    {
        const string Line = "dla export --variant ";
        var found = Completions.At(DlaCommandLine.CreateRoot(), Line, Line.Length).ToList();
        Assert.All(DlaVariant.All, v => Assert.Contains(v.Name, found));
    }

    private static string? PathTo(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);

    private static string Skip(string reason)
    {
        Assert.Skip(reason);
        return reason;
    }

    /// <summary>Types a line and a tab in an interactive zsh on a terminal of its own, and reads what the line has become.</summary>
    [Theory]
    [InlineData("dla ev", "dla evaluate ")]
    [InlineData("dla export --variant dla3", "dla export --variant dla34 ")]
    [InlineData("dla export -o x; dla weights p", "dla export -o x; dla weights pull ")]
    [InlineData("dla classify only", "dla classify only.jpg ")]
    [InlineData("dla evaluate only.jpg --js", "dla evaluate only.jpg --json ")]
    public async Task Zsh_completes_verbs_options_values_and_files(string line, string expected)
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/zsh")) Assert.Skip("needs zsh");
        var folder = Directory.CreateTempSubdirectory("dla-zsh-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "only.jpg"), "");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "setup"), $$"""
                dla() { dotnet '{{Path.Combine(AppContext.BaseDirectory, "dla.dll")}}' "$@"; }
                autoload -Uz compinit; compinit -D -u
                {{(await DlaProcess.RunAsync("completion", "zsh")).Output}}
                read-line() { print -r -- "[line:$BUFFER]"; }
                zle -N read-line; bindkey '^X' read-line
                PROMPT='[ready]'
                """);
            const string Terminal = """
                zmodload zsh/zpty; zpty inner zsh -f -i
                zpty -w inner 'source ./setup'; zpty -r inner shown '*\[ready\]*'
                zpty -w -n inner "$LINE_TO_TYPE"$'\t\x18'; zpty -r inner shown '*\[line:*\]*'
                print -r -- "$shown"
                """;
            var start = new ProcessStartInfo("/usr/bin/zsh") { ArgumentList = { "-f", "-c", Terminal }, WorkingDirectory = folder.FullName,
                RedirectStandardOutput = true };
            (start.Environment["TERM"], start.Environment["LINE_TO_TYPE"]) = ("dumb", line);
            using var zsh = Process.Start(start)!;
            try
            {
                var shown = await zsh.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(1));
                Assert.Contains($"[line:{expected}]", shown, StringComparison.Ordinal);
            }
            finally
            {
                zsh.Kill(entireProcessTree: true);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
