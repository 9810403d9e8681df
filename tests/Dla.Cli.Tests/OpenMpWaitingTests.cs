namespace Dla.Cli.Tests;

public sealed class OpenMpWaitingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dla-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The OpenMP library itself says what it has read when libtorch is loaded.</summary>
    [Theory]
    [InlineData(null, "", "GOMP_SPINCOUNT = '1000'")]
    [InlineData("GOMP_SPINCOUNT", "70000", "GOMP_SPINCOUNT = '70000'")]
    [InlineData("OMP_WAIT_POLICY", "ACTIVE", "OMP_WAIT_POLICY = 'ACTIVE'")]
    public async Task Threads_of_libtorch_spin_briefly_unless_the_user_says_otherwise(string? name, string value, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libtorch uses GNU's OpenMP library on Linux only");
        var environment = new Dictionary<string, string?> { ["OMP_DISPLAY_ENV"] = "verbose", ["OMP_WAIT_POLICY"] = null, ["GOMP_SPINCOUNT"] = null };
        if (name is not null) environment[name] = value;
        var run = await DlaProcess.RunAsync(["export", "--variant", "dla46_c", "--classes", "2", "--size", "32", "-o", Path.Combine(_folder, "model.onnx")],
            environment: environment);
        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains(expected, run.Errors, StringComparison.Ordinal);
        Assert.Equal(name is null, run.Errors.Contains("GOMP_SPINCOUNT = '1000'", StringComparison.Ordinal));
    }
}
