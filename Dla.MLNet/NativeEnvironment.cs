using System.Runtime.InteropServices;

namespace Dla.MLNet;

/// <summary>Environment variables as native libraries read them.</summary>
/// <remarks>
/// On Unix, .NET keeps a copy of the environment. <see cref="Environment.SetEnvironmentVariable(string, string?)"/> changes the copy, which child
/// processes inherit, but not what the C library's <c>getenv</c> returns in this process.
/// </remarks>
internal static partial class NativeEnvironment
{
    /// <summary>
    /// Sets a variable for child processes and for native libraries that read it later. A variable that is already set keeps its value, even an empty one,
    /// and one that was set in .NET's copy alone reaches the native libraries with that value.
    /// </summary>
    /// <remarks>Call it before other threads use native libraries: <c>setenv</c> is not safe beside <c>getenv</c>.</remarks>
    public static void SetDefault(string name, string value)
    {
        if (Environment.GetEnvironmentVariable(name) is { } set) value = set;
        else Environment.SetEnvironmentVariable(name, value);
        if (OperatingSystem.IsWindows()) return;
        try
        {
            _ = SetUnixVariable(name, value, overwrite: 0);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Without a C library to ask, native libraries keep their own defaults.
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetUnixVariable(string name, string value, int overwrite);
}
