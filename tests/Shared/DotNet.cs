using System.Diagnostics;

namespace Dla.Tests;

/// <summary>Runs programs as a user would on a command line.</summary>
internal static class DotNet
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Exit status and all it printed, standard output first.</returns>
    public static async Task<(int Status, string Output)> RunAsync(string folder, string program, string[] arguments,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // This process may itself have been started by a build, whose settings are not the user's.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await ProcessLimit.WaitAsync(process, Limit, $"{program} {string.Join(' ', arguments)}");
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>Runs a program that must succeed.</summary>
    public static async Task<string> DoAsync(string folder, string program, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var (status, output) = await RunAsync(folder, program, arguments, environment);
        Assert.True(status == 0, $"'{program} {string.Join(' ', arguments)}' ended with {status}:\n{output}");
        return output;
    }
}
