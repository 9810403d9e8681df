using System.IO.Enumeration;

namespace Dla.MLNet;

/// <summary>A file or folder in a folder.</summary>
/// <param name="Path">The folder's path and the name.</param>
/// <param name="Name">The name.</param>
/// <param name="IsFolder">Whether it is a folder, or a link to one.</param>
/// <param name="IsLink">Whether it is a folder that a link leads to.</param>
internal readonly record struct FolderEntry(string Path, string Name, bool IsFolder, bool IsLink)
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>Names that are not the user's: what archivers, disk stations, Windows and file systems put beside photos.</summary>
    private static readonly HashSet<string> Foreign = new(StringComparer.OrdinalIgnoreCase)
    {
        "__MACOSX", "@eaDir", "#recycle", "@Recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found", "Thumbs.db", "ehthumbs.db", "desktop.ini",
    };

    /// <summary>What a folder holds, in no order, but for what <see cref="IsPassedOver"/>.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IEnumerable<FolderEntry> In(string folder) =>
        new FileSystemEnumerable<FolderEntry>(folder, (ref FileSystemEntry entry) => Of(folder, ref entry), Everything)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !IsPassedOver(entry.FileName.ToString()),
        };

    /// <summary>Whether a name is hidden or that of a file or folder that other programs put there.</summary>
    public static bool IsPassedOver(string name) => name.StartsWith('.') || Foreign.Contains(name);

    private static FolderEntry Of(string folder, ref FileSystemEntry entry)
    {
        var name = entry.FileName.ToString();
        var isFolder = entry.IsDirectory;
        return new FolderEntry(System.IO.Path.Join(folder, name), name, isFolder, isFolder && IsLinked(ref entry));
    }

    /// <summary>Windows marks other things as links do, such as folders of a cloud's files.</summary>
    private static bool IsLinked(ref FileSystemEntry entry) =>
        (entry.Attributes & FileAttributes.ReparsePoint) != 0 && entry.ToFileSystemInfo().LinkTarget is not null;
}
