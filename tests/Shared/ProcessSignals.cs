using System.Diagnostics;

namespace Dla.Tests;

internal static class ProcessSignals
{
    /// <summary>Sends SIGTERM, as a container's host or systemd does to stop a process.</summary>
    public static Task TerminateAsync(Process process) => SendAsync(process, "TERM");

    /// <summary>Sends a signal.</summary>
    /// <param name="process">The process.</param>
    /// <param name="name">The signal's name without SIG.</param>
    public static async Task SendAsync(Process process, string name)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{name} {process.Id}"]);
        await kill.WaitForExitAsync();
    }
}
