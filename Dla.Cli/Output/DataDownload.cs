using System.Globalization;

namespace Dla.Cli.Output;

/// <summary>Tells of a download on standard error, every tenth of it.</summary>
internal sealed class DataDownload(string what) : IProgress<double>
{
    private int _told = -1;

    public void Report(double value)
    {
        var tenth = (int)(10 * value);
        if (tenth <= _told) return;
        _told = tenth;
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {10 * tenth} %"));
    }
}
