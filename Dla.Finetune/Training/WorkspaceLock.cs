using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Dla.Finetune;

/// <summary>Keeps other runs out of a workspace: an operating-system lock on a file in it, which ends with its process however that ends.</summary>
/// <remarks>
/// The file's text, the process ID, is for messages only: a file that a killed process left keeps nobody out. It stays in the workspace, because two
/// runs could hold locks on two files of one name if it were removed.
/// </remarks>
public sealed partial class WorkspaceLock : IDisposable
{
    private const string FileName = "lock";

    private readonly FileStream _file;
    private readonly string? _created;

    private WorkspaceLock(FileStream file, string? created) => (_file, _created, IsExclusive) = (file, created, IsHeld(file.Name));

    /// <summary>Whether other runs are kept out. <see langword="false"/> on file systems without locks, such as some network shares.</summary>
    public bool IsExclusive { get; }

    /// <summary>Takes the lock of a workspace.</summary>
    /// <param name="folder">The folder. It is created if it is missing, and removed again on disposal if nothing else is in it then.</param>
    /// <exception cref="IOException">Another run has the lock, or the folder cannot be written.</exception>
    public static WorkspaceLock Take(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        folder = Path.GetFullPath(folder);
        var created = Directory.Exists(folder) ? null : folder;
        var path = Path.Combine(folder, FileName);
        try
        {
            Directory.CreateDirectory(folder);
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            Sign(file);
            return new WorkspaceLock(file, created);
        }
        catch (IOException e) when (IsInUse(e))
        {
            throw new IOException($"Another run{Owner(path)} is using '{folder}'. Wait until it ends, stop it, or train in another folder.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"'{folder}' cannot be written: {e.Message} Train in another folder.", e);
        }
    }

    /// <summary>Ends the lock.</summary>
    public void Dispose()
    {
        try
        {
            if (_created is not null && Directory.EnumerateFileSystemEntries(_created).Take(2).Count() == 1)
            {
                if (OperatingSystem.IsWindows()) _file.Dispose();   // Windows removes no open file
                Directory.Delete(_created, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file without a lock keeps nobody out.
        }
        finally
        {
            _file.Dispose();
        }
    }

    /// <summary>Writes who has the lock, where there is space for it.</summary>
    private static void Sign(FileStream file)
    {
        try
        {
            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        }
        catch (IOException)
        {
            // A full disk. The run will say so when it writes its first checkpoint.
        }
    }

    /// <summary>Whether locks work here: a file that is locked cannot be locked again.</summary>
    private static bool IsHeld(string path)
    {
        try
        {
            new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
            return false;
        }
        catch (IOException e)
        {
            return IsInUse(e);
        }
    }

    /// <summary>The process that has the lock. .NET opens no file that another process has locked, so the C library does.</summary>
    private static string Owner(string path)
    {
        if (OperatingSystem.IsWindows() || Open(path, flags: 0) is not (>= 0 and var descriptor)) return "";
        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        Span<byte> bytes = stackalloc byte[16];
        var text = Encoding.ASCII.GetString(bytes[..RandomAccess.Read(file, bytes, 0)]);
        return text.Length > 0 && text.All(char.IsAsciiDigit) ? $" (process {text})" : "";
    }

    /// <summary>Whether another holds the file open: ERROR_SHARING_VIOLATION on Windows, EAGAIN on Linux and on macOS.</summary>
    private static bool IsInUse(IOException e) => e.HResult is unchecked((int)0x8007_0020) or 11 or 35;

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
