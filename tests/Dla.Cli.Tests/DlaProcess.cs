using System.Diagnostics;

namespace Dla.Cli.Tests;

/// <summary>One run of the command in a process of its own, as a user starts it.</summary>
internal sealed record DlaProcess(int ExitCode, string Output, string Errors)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static Task<DlaProcess> RunAsync(params string[] arguments) => RunAsync(arguments, input: null);

    public static async Task<DlaProcess> RunAsync(string[] arguments, string? input, IReadOnlyDictionary<string, string?>? environment = null, string? command = null)
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
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input ?? "");
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'dla {string.Join(' ', arguments)}' did not end within {Limit}.");
        }
        return new DlaProcess(process.ExitCode, await output, await errors);
    }
}
