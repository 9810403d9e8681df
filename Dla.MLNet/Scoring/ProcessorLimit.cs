using System.Globalization;

namespace Dla.MLNet;

/// <summary>How many threads ONNX Runtime should take for one image.</summary>
/// <remarks>
/// By itself it takes one for each core of the machine, and lets them wait in a busy loop. A container or a process that may use fewer processors would spend
/// its share on those loops.
/// </remarks>
internal static class ProcessorLimit
{
    /// <summary>Linux tells here which processors the machine has (<c>online</c>, as <c>0-3,8</c>), and which of them share a core.</summary>
    private const string Processors = "/sys/devices/system/cpu";

    /// <summary>The threads; 0 leaves the number to ONNX Runtime, where this process may use all processors or the system does not say.</summary>
    public static int Threads { get; } = Choose(Environment.ProcessorCount, Read($"{Processors}/online"),
        n => Read($"{Processors}/cpu{n.ToString(CultureInfo.InvariantCulture)}/topology/thread_siblings_list"));

    /// <summary>The threads for a process that may use some of the machine's processors: one for each, but no more than there are cores.</summary>
    /// <param name="usable">Processors that .NET counts, of which it knows quota and affinity.</param>
    /// <param name="online">What Linux says; <see langword="null"/> for nothing.</param>
    /// <param name="siblings">The processors that share a processor's core; <see langword="null"/> where Linux does not say.</param>
    public static int Choose(int usable, string? online, Func<int, string?> siblings)
    {
        if (online is null || Parse(online) is not { } all || usable >= all.Count) return 0;
        return Math.Min(usable, all.Select(n => siblings(n) ?? n.ToString(CultureInfo.InvariantCulture)).Distinct().Count());
    }

    private static List<int>? Parse(string list)
    {
        var numbers = new List<int>();
        foreach (var range in list.Trim().Split(','))
        {
            var ends = range.Split('-');
            if (ends.Length > 2 || !Number(ends[0], out var first) || !Number(ends[^1], out var last) || last < first) return null;
            numbers.AddRange(Enumerable.Range(first, last - first + 1));
        }
        return numbers;
    }

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string? Read(string file)
    {
        try
        {
            return OperatingSystem.IsLinux() ? File.ReadAllText(file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
