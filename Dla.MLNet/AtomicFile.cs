namespace Dla.MLNet;

/// <summary>Writes files that are there whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a file under a name of its own beside its place, and gives it its name when it is whole; replaces a file of that name.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes to the path that it is given. When it throws, nothing is left behind.</param>
    /// <returns>What <paramref name="write"/> returns.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static T Write<T>(string path, Func<string, T> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = Path.GetFullPath(path);
        if (Path.GetDirectoryName(path) is not { } folder || !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{Path.GetDirectoryName(path)}' " +
                $"for '{Path.GetFileName(path)}'. Make it first, or name another file.");
        var temporary = $"{path}.{Guid.NewGuid():n}.tmp";
        try
        {
            var result = write(temporary);
            File.Move(temporary, path, overwrite: true);
            return result;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Writes a text as UTF-8, replacing a file of that name.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static void WriteText(string path, string text) => Write(path, temporary => File.WriteAllText(temporary, text));

    /// <inheritdoc cref="Write{T}"/>
    public static void Write(string path, Action<string> write) => Write(path, temporary =>
    {
        write(temporary);
        return true;
    });
}
