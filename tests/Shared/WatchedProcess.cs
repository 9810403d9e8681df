using System.Diagnostics;

namespace Dla.Tests;

/// <summary>What a program left behind that ran with an empty home folder and an empty temporary folder, watched by strace.</summary>
/// <param name="Output">What it printed.</param>
/// <param name="Files">The files that it left in its home and temporary folder.</param>
/// <param name="InternetSockets">The sockets for IPv4 and IPv6 that it opened, as strace prints them.</param>
internal sealed record WatchedProcess(string Output, IReadOnlyList<string> Files, IReadOnlyList<string> InternetSockets)
{
    private const string Strace = "/usr/bin/strace";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Skips the running test where there is no strace, or where the system does not let it watch.</summary>
    public static async Task RequireStraceAsync()
    {
        Assert.SkipUnless(File.Exists(Strace), "needs Debian's strace, which is not installed");
        var (status, output) = await DotNet.RunAsync(Path.GetTempPath(), Strace, ["-f", "-o", "/dev/null", "true"]);
        Assert.SkipUnless(status == 0, $"strace cannot watch a process here: {output}");
    }

    /// <summary>Runs a program to its end, which must be a success.</summary>
    /// <param name="command">Program and arguments.</param>
    public static async Task<WatchedProcess> RunAsync(params string[] command)
    {
        var root = Directory.CreateTempSubdirectory("dla-watched-");
        try
        {
            var (home, temporary) = (root.CreateSubdirectory("home"), root.CreateSubdirectory("tmp"));
            var trace = Path.Combine(root.FullName, "trace");
            var start = new ProcessStartInfo(Strace, ["-f", "--seccomp-bpf", "-qq", "-e", "trace=socket", "-o", trace, .. command])
            {
                WorkingDirectory = root.FullName, RedirectStandardOutput = true, RedirectStandardError = true,
            };
            foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("XDG_", StringComparison.Ordinal)).Append("ORT_DISABLE_TELEMETRY").ToList())
                start.Environment.Remove(name);
            (start.Environment["HOME"], start.Environment["TMPDIR"]) = (home.FullName, temporary.FullName);
            using var process = Process.Start(start)!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await ProcessLimit.WaitAsync(process, Limit, string.Join(' ', command));
            Assert.True(process.ExitCode == 0, $"'{string.Join(' ', command)}' ended with {process.ExitCode}:\n{await output}\n{await errors}");
            return new WatchedProcess(await output, [.. In(home), .. In(temporary)],
                [.. File.ReadLines(trace).Where(l => l.Contains("socket(AF_INET", StringComparison.Ordinal))]);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private static List<string> In(DirectoryInfo folder) =>
        folder.EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Select(f => f.FullName).ToList();
}
