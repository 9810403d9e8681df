using System.Globalization;

namespace Dla.Benchmarks;

/// <summary>A control group of Linux with a limit of memory, as container engines make one.</summary>
internal sealed class MemoryGroup : IDisposable
{
    private const string First = "/sys/fs/cgroup/memory", Second = "/sys/fs/cgroup";

    private readonly DirectoryInfo _folder;
    private readonly string _peak;

    private MemoryGroup(string root, string limit, string peak, long bytes)
    {
        _folder = Directory.CreateDirectory(Path.Combine(root, $"dla-{Guid.NewGuid():n}"));
        _peak = Path.Combine(_folder.FullName, peak);
        try
        {
            File.WriteAllText(Path.Combine(_folder.FullName, limit), bytes.ToString(CultureInfo.InvariantCulture));
            if (!File.Exists(_peak)) throw new IOException($"'{_peak}' does not exist.");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The most bytes that the group has taken, with the files that the kernel keeps in memory for it.</summary>
    public long Peak => long.Parse(File.ReadAllText(_peak), CultureInfo.InvariantCulture);

    /// <summary>Makes a group of version 1 or 2.</summary>
    /// <returns>The group; <see langword="null"/> if this process may not make one here.</returns>
    public static MemoryGroup? TryCreate(long bytes)
    {
        try
        {
            return Directory.Exists(First) ? new MemoryGroup(First, "memory.limit_in_bytes", "memory.max_usage_in_bytes", bytes)
                : new MemoryGroup(Second, "memory.max", "memory.peak", bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A command that runs another one in the group.</summary>
    public string[] Wrap(string[] command) =>
        ["sh", "-c", "echo $$ > \"$0\" && exec \"$@\"", Path.Combine(_folder.FullName, "cgroup.procs"), .. command];

    /// <summary>Removes the group, whose processes have ended.</summary>
    public void Dispose()
    {
        try
        {
            _folder.Delete();
        }
        catch (IOException)
        {
            // The kernel has not let go of a process yet: an empty group without limits of its own does no harm.
        }
    }
}
