namespace Dla.MLNet;

/// <summary>What a path leads to, links followed.</summary>
internal enum FileKind
{
    /// <summary>Nothing, or a link to nothing.</summary>
    Missing,

    /// <summary>A file on a disk, which has a length and can be read again.</summary>
    Regular,

    Folder,

    /// <summary>A named or anonymous pipe: it has no length, waits for its writer, and can be read once.</summary>
    Pipe,

    Socket,

    /// <summary>A character or block device, such as a terminal.</summary>
    Device,
}
