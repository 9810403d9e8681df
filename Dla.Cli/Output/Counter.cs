using System.Diagnostics;
using System.Globalization;

namespace Dla.Cli.Output;

/// <summary>Counts images on standard error: one line rewritten on a terminal, a line now and then elsewhere. Thread-safe.</summary>
internal sealed class Counter(string verb, long total) : IProgress<long>, IProgress<int>, IDisposable
{
    private readonly Stopwatch _time = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private TimeSpan _next = Terminal.IsInteractive ? TimeSpan.Zero : TimeSpan.FromSeconds(10);
    private bool _hasLine;

    public void Report(int value) => Report((long)value);

    public void Report(long value)
    {
        lock (_lock)
        {
            if (_time.Elapsed < _next) return;
            _next = _time.Elapsed + (Terminal.IsInteractive ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(10));
            var rate = value / Math.Max(_time.Elapsed.TotalSeconds, 1e-3);
            var left = TimeSpan.FromSeconds((total - value) / rate);
            var text = string.Create(CultureInfo.InvariantCulture, $"{verb} {value:N0} of {total:N0} images, " +
                $"{rate:f1} images/s, {(int)left.TotalHours:00}:{left:mm\\:ss} left");
            _hasLine = Terminal.IsInteractive;
            if (_hasLine) Console.Error.Write($"\r{Line(text)}");
            else Console.Error.WriteLine(text);
        }
    }

    /// <summary>Wipes the line.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_hasLine) Console.Error.Write($"\r{Line("")}\r");
            _hasLine = false;
        }
    }

    /// <summary>The text on one line of the terminal, over what stood there.</summary>
    private static string Line(string text)
    {
        var width = Math.Clamp(Terminal.Remarks.Profile.Width - 1, 1, 100);
        return text.Length > width ? text[..width] : text.PadRight(width);
    }
}
