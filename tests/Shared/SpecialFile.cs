using System.Diagnostics;
using System.Net.Sockets;

namespace Dla.Tests;

/// <summary>Makes what a folder may hold beside files. Skips the running test on Windows, where links need a privilege and files are files.</summary>
internal static class SpecialFile
{
    private const string NotOnWindows = "Windows has no named pipes in folders, and its links need a privilege";

    /// <summary>A named pipe.</summary>
    public static string Pipe(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), NotOnWindows);
        using var make = Process.Start("mkfifo", [path]);
        make.WaitForExit();
        Assert.Equal(0, make.ExitCode);
        return path;
    }

    /// <summary>A socket, until it is disposed of.</summary>
    public static Socket Socket(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), NotOnWindows);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    /// <summary>A link to a file or folder, or to nothing.</summary>
    public static string Link(string path, string target)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), NotOnWindows);
        File.CreateSymbolicLink(path, target);
        return path;
    }
}
