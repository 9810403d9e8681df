using System.Diagnostics;
using System.Globalization;
using Dla.Models;

namespace Dla.Cli.Output;

/// <summary>Tells of a download of weights on standard error: a bar on a terminal, every tenth elsewhere; remarks always.</summary>
internal sealed class DownloadReporter : IProgress<DownloadProgress>, IDisposable
{
    private const int BarWidth = 30;

    private readonly Stopwatch _time = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private TimeSpan _next = TimeSpan.Zero;
    private int _tenth = -1;
    private bool _hasBar;

    public void Report(DownloadProgress value)
    {
        lock (_lock)
        {
            if (value.Remark is not null)
            {
                Wipe();
                Console.Error.WriteLine(Terminal.Printable($"{value.Address.Host}: {value.Remark}"));
            }
            if (Terminal.IsInteractive) DrawBar(value);
            else TellTenth(value);
        }
    }

    public void Dispose()
    {
        lock (_lock) Wipe();
    }

    private void DrawBar(DownloadProgress value)
    {
        if (_time.Elapsed < _next && value.Received != value.Total) return;
        _next = _time.Elapsed + TimeSpan.FromMilliseconds(100);
        var filled = value.Total is > 0 and { } total ? (int)(BarWidth * value.Received / total) : 0;
        Console.Error.Write($"\r{new string('━', filled)}{new string('─', BarWidth - filled)} {Megabytes(value)}   ");
        _hasBar = true;
    }

    private void TellTenth(DownloadProgress value)
    {
        if (value.Total is not > 0) return;
        var tenth = (int)(10 * value.Received / value.Total.Value);
        if (tenth <= _tenth) return;
        _tenth = tenth;
        Console.Error.WriteLine($"{value.Address.Host}: {Megabytes(value)}");
    }

    private static string Megabytes(DownloadProgress value) => value.Total is { } total
        ? string.Create(CultureInfo.InvariantCulture, $"{value.Received / 1e6:f1} of {total / 1e6:f1} MB")
        : string.Create(CultureInfo.InvariantCulture, $"{value.Received / 1e6:f1} MB");

    private void Wipe()
    {
        if (_hasBar) Console.Error.Write($"\r{new string(' ', BarWidth + 30)}\r");
        _hasBar = false;
    }
}
