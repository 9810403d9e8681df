using System.Globalization;

namespace Dla.MLNet.Tests.Preprocessing;

/// <summary>A process that decodes one large image and prints the memory it took beyond the file's own bytes.</summary>
internal static class DecodingProcess
{
    public const string Argument = "--decode-image";

    /// <summary>
    /// Runs when the arguments are <see cref="Argument"/>, a file, and a small file of the same kind for what only the first
    /// image takes.
    /// </summary>
    public static bool Run(string[] args)
    {
        if (args is not [Argument, var file, var small]) return false;
        var preprocessor = new ImagePreprocessor(new ImagePreprocessing());
        var pixels = new float[preprocessor.Length];
        var (large, first) = (File.ReadAllBytes(file), File.ReadAllBytes(small));
        for (var i = 0; i < 30; i++) preprocessor.Run(first, pixels);
        GC.Collect();
        ResetPeak();
        SystemMemory.ResetPeak();
        var (native, resident) = (SystemMemory.InUse, Status("VmRSS"));
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        preprocessor.Run(large, pixels);
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{SystemMemory.Peak - native} {allocated} {Status("VmHWM") - resident}"));
        return true;
    }

    private static void ResetPeak()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The peak is then that of the whole process, which is only more.
        }
    }

    /// <summary>A number of Linux's status of this process in bytes; 0 on other systems.</summary>
    private static long Status(string name)
    {
        const string Path = "/proc/self/status";
        if (!File.Exists(Path)) return 0;
        var line = File.ReadLines(Path).FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.Ordinal));
        return line is null ? 0 : 1024 * long.Parse(line[(name.Length + 1)..^2].Trim(), CultureInfo.InvariantCulture);   // kB
    }
}
