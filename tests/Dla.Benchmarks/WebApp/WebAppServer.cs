using System.Diagnostics;

namespace Dla.Benchmarks;

/// <summary>The sample web app as a process of its own.</summary>
internal sealed class WebAppServer : IDisposable
{
    private readonly Process _process;
    private bool _disposed;

    /// <param name="model">The model to serve; <see langword="null"/> for the one that comes with the sample.</param>
    /// <param name="group">The control group to run in, or <see langword="null"/> for this process's.</param>
    /// <param name="settings">More arguments.</param>
    /// <exception cref="InvalidOperationException">The sample is not built, or does not start.</exception>
    public WebAppServer(string? model, MemoryGroup? group = null, params string[] settings)
    {
        var program = BuiltProgram.Find(Path.Combine("samples", "Dla.WebApp"), "Dla.WebApp.dll");
        Model = model ?? Directory.GetFiles(Path.Combine(Path.GetDirectoryName(program)!, "Models"), "*.onnx").Single();
        string[] command = ["dotnet", program, "--urls", "http://127.0.0.1:0", "--Classifier:ModelPath", Model, .. settings];
        if (group is not null) command = group.Wrap(command);
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true };
        _process = Process.Start(start)!;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();   // also when this program is stopped from outside
        string? line;
        while ((line = _process.StandardOutput.ReadLine()) is not null)
        {
            if (line.Split("Now listening on: ") is not [_, var address]) continue;
            Address = address;
            _ = _process.StandardOutput.ReadToEndAsync();   // the pipe must not fill
            return;
        }
        Dispose();
        throw new InvalidOperationException($"'dotnet {program}' ended before it listened.");
    }

    public string Model { get; }

    public string Address { get; } = "";

    /// <summary>The most memory that the process has had, in bytes.</summary>
    public long ResidentPeak
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _disposed = true;
        _process.Dispose();
    }
}
