using System.Diagnostics;

namespace Dla.Tests;

internal static class ProcessSignals
{
    /// <summary>Sends SIGTERM, as a container's host or systemd does to stop a process.</summary>
    public static async Task TerminateAsync(Process process)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -TERM {process.Id}"]);
        await kill.WaitForExitAsync();
    }
}
