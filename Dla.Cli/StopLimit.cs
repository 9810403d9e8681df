using System.Runtime.InteropServices;

namespace Dla.Cli;

/// <summary>
/// Ends the process when a command does not end soon after Ctrl-C or SIGTERM: a disk that does not answer, or a native library, may hold it up for ever.
/// </summary>
internal sealed class StopLimit : IDisposable
{
    /// <summary>What a command gets to end by itself; containers are killed after ten seconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private readonly PosixSignalRegistration _interrupt, _terminate;
    private int _signals;

    public StopLimit()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    }

    /// <summary>Whether a signal came.</summary>
    public bool IsRequested => Volatile.Read(ref _signals) > 0;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;   // the command is told by its token, and ends as it does after an error
        if (Interlocked.Increment(ref _signals) == 1) new Thread(End) { IsBackground = true, Name = "dla stop limit" }.Start();
    }

    private static void End()
    {
        Thread.Sleep(Patience);
        Console.Error.WriteLine(DlaCommandLine.Stopped);
        Environment.Exit(DlaCommandLine.Failed);
    }
}
