namespace Dla.MLNet;

/// <summary>What a path leads to and which file that is, found out without opening it.</summary>
/// <remarks>
/// On Linux the kernel is asked. Elsewhere .NET does not distinguish pipes and devices from files, and a file is identified by its final path.
/// </remarks>
/// <param name="Kind">What the path leads to, links followed.</param>
/// <param name="Identity">Equal for all paths to one file or folder. Empty for what is missing.</param>
internal readonly record struct FileStatus(FileKind Kind, string Identity)
{
    /// <summary>Looks at a path. Never throws because of what it finds there.</summary>
    public static FileStatus Of(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal)) return new(FileKind.Missing, "");
        return LinuxFileStatus.Read(path) ?? Managed(path);
    }

    /// <summary>
    /// Whether two paths lead to one file that is there: by another spelling, a link or, on Linux, a hard link.
    /// </summary>
    public static bool AreSame(string one, string other) => Of(one).Identity is { Length: > 0 } identity && Of(other).Identity == identity;

    /// <summary>Whether a folder is another one, or above it.</summary>
    /// <param name="outer">The folder that may be above, or a link to it.</param>
    /// <param name="inner">The folder that may be below, or a link to it.</param>
    public static bool Contains(string outer, string inner)
    {
        var (wanted, before) = (Of(outer).Identity, "");
        if (wanted.Length == 0) return false;
        if (!OperatingSystem.IsLinux())
            return (Of(inner).Identity + Path.DirectorySeparatorChar).StartsWith(wanted + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        for (var up = inner; Of(up) is { Kind: FileKind.Folder, Identity: var identity } && identity != before; up = Path.Join(up, ".."))
        {
            if (identity == wanted) return true;
            before = identity;   // above the root is the root
        }
        return false;
    }

    private static FileStatus Managed(string path)
    {
        var isFolder = Directory.Exists(path);
        if (!isFolder && !File.Exists(path)) return new(FileKind.Missing, "");
        return new(isFolder ? FileKind.Folder : FileKind.Regular, FinalPath(path, isFolder));
    }

    private static string FinalPath(string path, bool isFolder)
    {
        FileSystemInfo info = isFolder ? new DirectoryInfo(path) : new FileInfo(path);
        try
        {
            info = info.ResolveLinkTarget(returnFinalTarget: true) ?? info;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The path itself must do.
        }
        return Path.TrimEndingDirectorySeparator(info.FullName);
    }
}
