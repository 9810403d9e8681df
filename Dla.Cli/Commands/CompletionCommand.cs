using System.CommandLine;

namespace Dla.Cli.Commands;

/// <summary><c>dla completion</c>: a script that makes a shell complete verbs, options and their values.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # Completion of dla for bash: source <(dla completion bash)
        _dla_complete() {
            local IFS=$'\n' word="${COMP_WORDS[COMP_CWORD]}"
            COMPREPLY=($(compgen -W "$(dla "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _dla_complete dla
        """;

    private const string Zsh = """
        #compdef dla
        # Completion of dla for zsh: dla completion zsh > a file _dla in a folder of $fpath
        _dla() {
            local line="dla ${(j: :)words[2,CURRENT-1]} $PREFIX"
            local -a found=("${(@f)$(dla "[suggest:${#line}]" "$line" 2>/dev/null)}")
            compadd -- $found || _files
        }
        if [[ "$funcstack[1]" == _dla ]]; then _dla "$@"; else compdef _dla dla; fi
        """;

    private const string PowerShell = """
        # Completion of dla for PowerShell: dla completion pwsh >> $PROFILE
        Register-ArgumentCompleter -Native -CommandName dla -ScriptBlock {
            param($word, $line, $position)
            dla "[suggest:$($position - $line.Extent.StartOffset)]" "$line" 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or pwsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "pwsh");
        var command = new Command("completion", "Print a script with which a shell completes verbs, options and values.") { shell };
        command.SetAction(parsed =>
        {
            Console.Out.WriteLine(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => PowerShell });
            return DlaCommandLine.Done;
        });
        return command;
    }
}
