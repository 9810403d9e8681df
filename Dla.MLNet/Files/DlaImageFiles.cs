namespace Dla.MLNet;

/// <summary>Finds image files in folders, and reads them.</summary>
/// <example><code>
/// var images = ml.Data.LoadFromEnumerable(DlaImageFiles.In("photos").Select(path => new { ImagePath = path }));
/// </code></example>
public static class DlaImageFiles
{
    private static readonly string[] Known =
        [".apng", ".bmp", ".dib", ".gif", ".jfi", ".jfif", ".jif", ".jpe", ".jpeg", ".jpg", ".pjp", ".pjpeg", ".png", ".webp"];

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Lookup =
        new HashSet<string>(Known, StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The endings, in lower case, that the names of files in a folder must have to be taken for images.</summary>
    public static IReadOnlyList<string> Extensions => Known;

    /// <summary>Whether a file's name has one of the <see cref="Extensions"/>, in lower or upper case.</summary>
    public static bool IsImage(string path) => Lookup.Contains(Path.GetExtension(path.AsSpan()));

    /// <summary>
    /// The image files in a folder and below it, in ordinal order of their paths, found while they are asked for. Hidden files and folders, and those that
    /// archivers and disk stations put beside photos (<c>__MACOSX</c>, <c>@eaDir</c>), are passed over. Links to files are files; links to folders are not
    /// followed unless the options say so. Pipes, sockets and devices are left out.
    /// </summary>
    /// <param name="folder">The folder, which may itself be a link.</param>
    /// <param name="options">Whether links are followed, and who hears of what is left out.</param>
    /// <returns>Paths that begin with <paramref name="folder"/>.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder. Thrown when the first path is asked for, as are the others.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static IEnumerable<string> In(string folder, DlaFolderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Walk(folder, options ?? new DlaFolderOptions());
    }

    /// <summary>
    /// The bytes of an image file, to classify it and to draw over it without reading it twice; of a pipe, such as a shell's <c>&lt;(curl …)</c>, those that
    /// come until its end.
    /// </summary>
    /// <param name="path">The file or pipe.</param>
    /// <param name="cancel">Ends the wait for a pipe.</param>
    /// <exception cref="ImageDecodeException">
    /// There is no such file, it cannot be read, it is a folder, socket or device, or a pipe gives what is no image or more than 256 MiB.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public static ReadOnlyMemory<byte> Read(string path, CancellationToken cancel = default) => ImageFile.ReadEncoded(path, cancel);

    private static IEnumerable<string> Walk(string folder, DlaFolderOptions options)
    {
        var leftOut = new LeftOutFiles();
        foreach (var path in new FolderWalk(folder, options.FollowLinks, leftOut, options.CancellationToken).Images()) yield return path;
        if (options.OnNote is null) yield break;
        foreach (var note in leftOut.Describe(folder)) options.OnNote(note);
    }
}
