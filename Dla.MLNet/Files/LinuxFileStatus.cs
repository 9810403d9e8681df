using System.Globalization;
using System.Runtime.InteropServices;

namespace Dla.MLNet;

/// <summary>Asks Linux for the type, device and inode of a file by <c>statx</c>, whose layout is the same on all processors.</summary>
internal static partial class LinuxFileStatus
{
    private const int CurrentFolder = -100;   // AT_FDCWD

    private const uint TypeAndInode = 0x101;  // STATX_TYPE | STATX_INO

    private const int NoSuchFile = 2, NotAFolder = 20;   // ENOENT, ENOTDIR

    private static volatile bool _isAbsent = !OperatingSystem.IsLinux();

    /// <summary>What a path leads to; <see langword="null"/> where the system cannot tell, or may not.</summary>
    public static FileStatus? Read(string path)
    {
        if (_isAbsent) return null;
        try
        {
            if (Statx(CurrentFolder, path, 0, TypeAndInode, out var answer) == 0) return Of(answer);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            _isAbsent = true;   // a C library from before 2018
            return null;
        }
        return Marshal.GetLastPInvokeError() is NoSuchFile or NotAFolder ? new FileStatus(FileKind.Missing, "") : null;
    }

    private static FileStatus Of(in Answer answer) => new((answer.Mode >> 12) switch   // the upper four bits: S_IFMT
    {
        1 => FileKind.Pipe,
        2 or 6 => FileKind.Device,
        4 => FileKind.Folder,
        12 => FileKind.Socket,
        _ => FileKind.Regular,
    }, string.Create(CultureInfo.InvariantCulture, $"{answer.DeviceMajor}:{answer.DeviceMinor}:{answer.Inode}"));

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out Answer answer);

    /// <summary>The parts of <c>struct statx</c> that are read.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Answer
    {
        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(136)] public uint DeviceMajor;
        [FieldOffset(140)] public uint DeviceMinor;
    }
}
