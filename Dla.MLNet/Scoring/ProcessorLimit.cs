using System.Globalization;

namespace Dla.MLNet;

/// <summary>How many threads ONNX Runtime should take for one image.</summary>
/// <remarks>
/// By itself it takes one for each core of the machine, and lets them wait in a busy loop. A container or a process that may use fewer processors would spend
/// its share on those loops.
/// </remarks>
internal static class ProcessorLimit
{
    /// <summary>Linux tells here which processors the machine has, as <c>0-3,8</c>.</summary>
    private const string Online = "/sys/devices/system/cpu/online";

    /// <summary>The threads; 0 leaves the number to ONNX Runtime, where this process may use all processors or the system does not say.</summary>
    public static int Threads { get; } = Choose(Environment.ProcessorCount, ReadOnline());

    /// <summary>The threads for a process that may use some of the machine's processors.</summary>
    /// <param name="usable">Processors that .NET counts, of which it knows quota and affinity.</param>
    /// <param name="online">What Linux says; <see langword="null"/> for nothing.</param>
    public static int Choose(int usable, string? online) => online is not null && Count(online) is { } all && usable < all ? usable : 0;

    private static int? Count(string list)
    {
        var count = 0;
        foreach (var range in list.Trim().Split(','))
        {
            var ends = range.Split('-');
            if (ends.Length > 2 || !Number(ends[0], out var first) || !Number(ends[^1], out var last) || last < first) return null;
            count += last - first + 1;
        }
        return count;
    }

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string? ReadOnline()
    {
        try
        {
            return OperatingSystem.IsLinux() ? File.ReadAllText(Online) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
