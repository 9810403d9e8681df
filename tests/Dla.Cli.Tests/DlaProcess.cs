using System.Diagnostics;
using System.Text;
using Dla.Tests;

namespace Dla.Cli.Tests;

/// <summary>One run of the command in a process of its own, as a user starts it.</summary>
internal sealed record DlaProcess(int ExitCode, string Output, string Errors)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static Task<DlaProcess> RunAsync(params string[] arguments) => RunAsync(arguments, input: null);

    /// <param name="arguments">What follows <c>dla</c>.</param>
    /// <param name="input">What standard input holds.</param>
    /// <param name="environment">Variables to set, or remove.</param>
    /// <param name="command">Another program's assembly.</param>
    /// <param name="at">What is done to the process, once, when a line of its errors begins so.</param>
    public static async Task<DlaProcess> RunAsync(
        string[] arguments, string? input = null, IReadOnlyDictionary<string, string?>? environment = null, string? command = null,
        (string Line, Func<Process, Task> Do)? at = null)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { command ?? Path.Combine(AppContext.BaseDirectory, "dla.dll") },
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>()) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), ReadErrorsAsync(process, at));
        await process.StandardInput.WriteAsync(input ?? "");
        process.StandardInput.Close();
        await ProcessLimit.WaitAsync(process, Limit, $"dla {string.Join(' ', arguments)}");
        return new DlaProcess(process.ExitCode, await output, await errors);
    }

    private static async Task<string> ReadErrorsAsync(Process process, (string Line, Func<Process, Task> Do)? at)
    {
        var errors = new StringBuilder();
        while (at is (var start, var act) && await process.StandardError.ReadLineAsync() is { } line)
        {
            errors.Append(line).Append('\n');
            if (!line.StartsWith(start, StringComparison.Ordinal)) continue;
            await act(process);
            at = null;
        }
        return errors.Append(await process.StandardError.ReadToEndAsync()).ToString();
    }
}
