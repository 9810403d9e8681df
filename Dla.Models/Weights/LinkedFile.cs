namespace Dla.Models;

/// <summary>Files that may be links: a cache on a volume often is.</summary>
internal static class LinkedFile
{
    /// <summary>The file that a path leads to; <see langword="null"/> if there is none. A link that leads nowhere exists only for .NET.</summary>
    public static FileInfo? Find(string path)
    {
        var file = new FileInfo(path);
        try
        {
            if (file.LinkTarget is not null) file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
            return file is { Exists: true } ? file : null;
        }
        catch (IOException)   // a circle of links
        {
            return null;
        }
    }
}
