namespace Dla.MLNet;

/// <summary>Writes files that are there whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a text as UTF-8, replacing a file of that name.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static void WriteText(string path, string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = Path.GetFullPath(path);
        if (Path.GetDirectoryName(path) is not { } folder || !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{Path.GetDirectoryName(path)}' " +
                $"for '{Path.GetFileName(path)}'. Make it first, or name another file.");
        var temporary = $"{path}.{Guid.NewGuid():n}.tmp";
        try
        {
            File.WriteAllText(temporary, text);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
