using System.Diagnostics;
using System.Text;
using Dla.Benchmarks;
using Dla.Tests;

namespace Dla.WebApp.Tests;

/// <summary>The application as its own process, as it is deployed.</summary>
internal sealed class AppProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="group">The control group to run in, or <see langword="null"/> for this process's.</param>
    /// <param name="settings">More arguments.</param>
    public AppProcess(MemoryGroup? group = null, params string[] settings)
    {
        string[] command = ["dotnet", Path.Combine(AppContext.BaseDirectory, "Dla.WebApp.dll"), "--urls", "http://127.0.0.1:0", .. settings];
        if (group is not null) command = group.Wrap(command);
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.WorkingDirectory = Path.GetTempPath();
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
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
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    private void Read(string? line)
    {
        if (line is null) return;
        lock (_log) _log.AppendLine(line);
        if (line.Split("Now listening on: ") is [_, var address]) _address.TrySetResult(new Uri(address));
    }
}
