using System.CommandLine;

namespace Dla.Cli;

/// <summary>Looks at files before the work that needs them, which may take hours.</summary>
internal static class EarlyChecks
{
    /// <exception cref="FileNotFoundException">There is no such model.</exception>
    public static void RequireModel(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no model '{path}'.", path);
    }

    /// <summary>Makes sure that the folder of a file to be written is there.</summary>
    /// <param name="option">The option that names the file.</param>
    /// <param name="file">The file; <see langword="null"/> where none is to be written.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static void RequireFolder(Option option, string? file)
    {
        if (file is not null && Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}' for {option.Name} '{file}'. Make it first, or name another file.");
    }
}
