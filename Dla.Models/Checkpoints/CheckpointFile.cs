using Microsoft.Win32.SafeHandles;

namespace Dla.Models;

/// <summary>An open weight file: reads at any offset, from any thread, straight into the caller's memory.</summary>
/// <remarks>
/// Not memory-mapped on purpose: mapped pages count as the process's memory beside the tensors they are copied to, and a file that
/// is shortened while it is mapped kills the process. Positional reads cost the same and end in an exception.
/// </remarks>
internal sealed class CheckpointFile : IDisposable
{
    private readonly SafeFileHandle _handle;

    private CheckpointFile(string path, SafeFileHandle handle) => (Path, _handle, Length) = (path, handle, RandomAccess.GetLength(handle));

    public string Path { get; }

    /// <summary>Bytes of the file when it was opened.</summary>
    public long Length { get; }

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointException">It is empty, a folder, a device or a pipe.</exception>
    public static CheckpointFile Open(string path)
    {
        var info = new FileInfo(path);
        if (Directory.Exists(path)) throw new CheckpointException($"'{path}' is a folder; name the weight file in it.");
        if (!info.Exists) throw new FileNotFoundException($"There is no weight file '{path}'.", path);
        // Devices and pipes have length 0 too, and opening a pipe would wait for its writer.
        if (info.Length == 0) throw new CheckpointException($"'{path}' is empty (0 bytes); a weight file was expected. Download it again.");
        return new CheckpointFile(path, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.None));
    }

    /// <summary>Fills <paramref name="destination"/> from the file's bytes at <paramref name="offset"/>.</summary>
    /// <exception cref="CheckpointException">The file ends before.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            var read = RandomAccess.Read(_handle, destination, offset);
            if (read == 0) throw new CheckpointException($"'{Path}' ends at byte {offset:N0}, " +
                $"{destination.Length:N0} bytes before the end of what was being read. Was it cut short while it was copied?");
            offset += read;
            destination = destination[read..];
        }
    }

    /// <summary>Whether <paramref name="length"/> bytes at <paramref name="offset"/> lie within the file.</summary>
    public bool Contains(long offset, long length) => offset >= 0 && length >= 0 && offset <= Length && length <= Length - offset;

    /// <summary>The error that names this file. What it quotes of the file is made printable.</summary>
    public CheckpointException Error(string problem, Exception? cause = null) => new($"'{Path}' {Printable(problem)}", cause);

    /// <summary>What a file says, for messages: control characters could change what a terminal shows.</summary>
    public static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));

    public void Dispose() => _handle.Dispose();
}
