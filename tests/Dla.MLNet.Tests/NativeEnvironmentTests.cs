using System.Runtime.InteropServices;

namespace Dla.MLNet.Tests;

public partial class NativeEnvironmentTests
{
    [Fact]
    public void A_default_reaches_the_C_library_and_child_processes_and_a_value_that_is_set_stays()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "reads the environment with Unix' getenv");
        var name = $"DLA_TEST_{Guid.NewGuid():n}";
        try
        {
            NativeEnvironment.SetDefault(name, "first");
            Assert.Equal("first", NativeValue(name));
            Assert.Equal("first", Environment.GetEnvironmentVariable(name));
            NativeEnvironment.SetDefault(name, "second");
            Assert.Equal("first", NativeValue(name));
            Assert.Equal("first", Environment.GetEnvironmentVariable(name));
        }
        finally
        {
            Environment.SetEnvironmentVariable(name, null);
            _ = Unset(name);
        }
    }

    private static string? NativeValue(string name) => Marshal.PtrToStringUTF8(Get(name));

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Get(string name);

    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unset(string name);
}
