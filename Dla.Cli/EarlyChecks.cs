using Dla.MLNet;

namespace Dla.Cli;

/// <summary>Looks at files before the work that needs them, which may take hours.</summary>
internal static class EarlyChecks
{
    /// <summary>What commands take for standard output in place of a file's name.</summary>
    public const string StandardOutput = "-";

    /// <exception cref="FileNotFoundException">There is no such model.</exception>
    public static void RequireModel(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no model '{path}'.", path);
    }

    /// <summary>Refuses to write over a file that is read.</summary>
    /// <param name="option">The option that names the file to write.</param>
    /// <param name="file">The file to write; <see langword="null"/> where none is to be written.</param>
    /// <param name="inputs">What is read: paths, or anything else that leads to no file.</param>
    /// <exception cref="ArgumentException">It is one of the inputs, by its path, another spelling of it, a link or a hard link.</exception>
    public static void RequireOther(string option, string? file, params ReadOnlySpan<string?> inputs)
    {
        if (file is null || Directory.Exists(file)) return;   // RequireWritable refuses folders
        foreach (var input in inputs)
            if (input is not null && FileStatus.AreSame(file, input))
                throw new ArgumentException($"{option} names '{file}', which is the input '{input}' and would be lost. Name another file.");
    }

    /// <summary>Makes sure that a file can be written.</summary>
    /// <param name="option">The option that names the file.</param>
    /// <param name="file">The file; <see langword="null"/> where none is to be written.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ArgumentException">It is a folder, a device or standard output.</exception>
    /// <exception cref="IOException">Nothing can be written there.</exception>
    public static void RequireWritable(string option, string? file)
    {
        if (file is null) return;
        if (Path.GetFileName(file) == StandardOutput) throw new ArgumentException($"{option} writes a file, and '-' is none. Name one.");
        file = Path.GetFullPath(file);
        if (Path.GetDirectoryName(file) is { } folder && !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}' for {option} '{file}'. Make it first, or name another file.");
        if (Directory.Exists(file)) throw new ArgumentException($"'{file}' is a folder. Name the file to write with {option}.");
        if (file.StartsWith("/dev/", StringComparison.Ordinal))
            throw new ArgumentException($"'{file}' is a device, which would be replaced. Name a file with {option}.");
        try
        {
            File.Create($"{file}.{Guid.NewGuid():n}.tmp", bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"'{file}' cannot be written: {e.Message} Name another file with {option}, or make room.", e);
        }
    }
}
