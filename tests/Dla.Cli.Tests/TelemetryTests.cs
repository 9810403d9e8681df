using Dla.Tests;

namespace Dla.Cli.Tests;

public sealed class TelemetryTests
{
    /// <summary>The first keeps a model open for over ten seconds, the second opens its first model without the scoring library.</summary>
    [Theory]
    [InlineData("benchmark --seconds 3.5", "images/s")]
    [InlineData("export --variant dla46_c --classes 2 -o exported.onnx", "verified")]
    public async Task A_command_that_opens_models_leaves_no_file_and_opens_no_connection(string arguments, string answer)
    {
        await WatchedProcess.RequireStraceAsync();
        var run = await WatchedProcess.RunAsync(["dotnet", Path.Combine(AppContext.BaseDirectory, "dla.dll"), .. arguments.Split(' ')]);
        Assert.Contains(answer, run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Files);
        Assert.Empty(run.InternetSockets);
    }
}
