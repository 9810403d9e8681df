using System.Diagnostics;

namespace Dla.Benchmarks;

/// <summary>The sample web app as a process of its own.</summary>
internal sealed class WebAppServer : IDisposable
{
    private readonly Process _process;
    private bool _disposed;

    /// <param name="model">The model to serve; <see langword="null"/> for the one that comes with the sample.</param>
    /// <exception cref="InvalidOperationException">The sample is not built, or does not start.</exception>
    public WebAppServer(string? model)
    {
        var program = BuiltProgram.Find(Path.Combine("samples", "Dla.WebApp"), "Dla.WebApp.dll");
        Model = model ?? Directory.GetFiles(Path.Combine(Path.GetDirectoryName(program)!, "Models"), "*.onnx").Single();
        var start = new ProcessStartInfo("dotnet", [program, "--urls", "http://127.0.0.1:0", "--Classifier:ModelPath",
            Model]) { RedirectStandardOutput = true };
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

    public void Dispose()
    {
        if (!_disposed) _process.Kill();
        _disposed = true;
        _process.Dispose();
    }
}
