using System.Diagnostics;
using System.Text;
using Dla.Tests;

namespace Dla.WebApp.Tests;

/// <summary>The application as its own process, as it is deployed.</summary>
internal sealed class AppProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AppProcess()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Dla.WebApp.dll"), "--urls", "http://127.0.0.1:0"]);
        (start.RedirectStandardOutput, start.WorkingDirectory) = (true, Path.GetTempPath());
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.BeginOutputReadLine();
    }

    public Task<Uri> AddressAsync() => _address.Task.WaitAsync(TimeSpan.FromMinutes(1));

    public string Log
    {
        get { lock (_log) return _log.ToString(); }
    }

    public Task TerminateAsync() => ProcessSignals.TerminateAsync(_process);

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private void Read(string? line)
    {
        if (line is null) return;
        lock (_log) _log.AppendLine(line);
        if (line.Split("Now listening on: ") is [_, var address]) _address.TrySetResult(new Uri(address));
    }
}
