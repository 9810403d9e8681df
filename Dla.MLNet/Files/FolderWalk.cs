namespace Dla.MLNet;

/// <summary>
/// Finds the image files in a folder and below it, in ordinal order of their paths. Memory holds the names in the folders between the first and the current
/// one, not those of all files.
/// </summary>
/// <param name="folder">The folder, which may be a link.</param>
/// <param name="followLinks">Whether links to folders are followed, each real folder once, and none that is above the folder.</param>
/// <param name="leftOut">Counts what is left out.</param>
/// <param name="cancel">Stops.</param>
internal sealed class FolderWalk(string folder, bool followLinks, LeftOutFiles leftOut, CancellationToken cancel)
{
    /// <summary>Kubernetes mounts a volume as links into this hidden link, which it replaces when the volume changes.</summary>
    private const string VolumeData = "..data";

    private readonly HashSet<string> _entered = [];

    /// <summary>The files: regular ones and links to them, and links to nothing, which are an error when they are read.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IEnumerable<string> Images()
    {
        // A stack of the folders between the first and the current one: recursion would be as deep as a stranger's folders.
        var levels = new Stack<Queue<FolderEntry>>();
        Enter(folder);
        levels.Push(Read(folder));
        while (levels.TryPeek(out var level))
        {
            cancel.ThrowIfCancellationRequested();
            if (!level.TryDequeue(out var entry)) levels.Pop();
            else if (!entry.IsFolder) yield return entry.Path;
            else if (Enters(entry, isFirstLevel: levels.Count == 1)) levels.Push(Read(entry.Path));
        }
    }

    private bool Enters(FolderEntry entry, bool isFirstLevel)
    {
        if (!entry.IsLink) return !followLinks || Enter(entry.Path);
        // A folder above holds other things than the one that is named, such as the images of the other classes.
        if (followLinks) return !FileStatus.Contains(entry.Path, folder) && Enter(entry.Path);
        if (isFirstLevel && IsOfVolume(entry.Path)) return Enter(entry.Path);
        leftOut.AddLink(entry.Path);
        return false;
    }

    /// <summary>Whether this is the first time; a folder without an identity is gone.</summary>
    private bool Enter(string path) => FileStatus.Of(path).Identity is { Length: > 0 } identity && _entered.Add(identity);

    private static bool IsOfVolume(string link) => new DirectoryInfo(link).LinkTarget is { } target
        && target.StartsWith(VolumeData + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>The images and folders in a folder, so ordered that the paths below it are in ordinal order.</summary>
    private Queue<FolderEntry> Read(string path)
    {
        List<FolderEntry> found = [];
        foreach (var entry in FolderEntry.In(path))
        {
            cancel.ThrowIfCancellationRequested();
            if (entry.IsFolder) found.Add(entry);
            else if (!DlaImageFiles.IsImage(entry.Name)) leftOut.AddEnding(entry.Name);
            else if (FileStatus.Of(entry.Path).Kind is FileKind.Regular or FileKind.Missing) found.Add(entry);
            else leftOut.AddSpecial(entry.Path);
        }
        found.Sort(static (a, b) => string.CompareOrdinal(Key(a), Key(b)));
        return new Queue<FolderEntry>(found);
    }

    private static string Key(FolderEntry entry) => entry.IsFolder ? entry.Name + Path.DirectorySeparatorChar : entry.Name;
}
