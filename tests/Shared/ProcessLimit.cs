using System.Diagnostics;

namespace Dla.Tests;

internal static class ProcessLimit
{
    /// <summary>Waits for a process's end; one that takes too long is killed with those that it started.</summary>
    /// <exception cref="TimeoutException">It took too long.</exception>
    public static async Task WaitAsync(Process process, TimeSpan limit, string command)
    {
        using var stop = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'{command}' did not end within {limit}.");
        }
    }
}
