using System.Net;
using System.Net.Sockets;

namespace Dla.WebApp.Tests;

public sealed class ConfigurationTests
{
    [Theory]
    [InlineData("--Classifier:MaxUploadBytes=0", "MaxUploadBytes")]
    [InlineData("--Classifier:MaxPixels=many", "MaxPixels")]
    [InlineData("--Classifier:Concurency=1", "Concurency")]
    [InlineData("--Classifier:ModelPath=nowhere.onnx", "nowhere.onnx")]
    public async Task A_wrong_setting_ends_the_program_with_one_line_and_status_2(string argument, string says)
    {
        using var app = new AppProcess(null, argument);
        Assert.Equal(2, await app.ExitAsync());
        Assert.Contains(says, Assert.Single(app.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_taken_ends_the_program_with_one_line_and_status_2()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var app = new AppProcess(null, "--urls", $"http://{taken.LocalEndpoint}");
        Assert.Equal(2, await app.ExitAsync());
        Assert.Contains($"{taken.LocalEndpoint}", Assert.Single(app.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
