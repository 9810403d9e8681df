using System.Text.Json;
using Dla.Tests;

namespace Dla.Cli.Tests;

/// <summary>The model that comes with the command is as good as the pages say.</summary>
public sealed class DefaultModelTests
{
    [Fact]
    public async Task Evaluating_CIFAR_100_gives_the_published_accuracy()
    {
        var data = Path.GetDirectoryName(SharedData.Path("data/cifar-100-binary.tar.gz"));
        var run = await DlaProcess.RunAsync(["evaluate", "cifar100", "--offline", "--json"],
            environment: new Dictionary<string, string?> { ["DLA_DATA"] = data });
        Assert.True(run.ExitCode == 0, run.Errors);
        using var json = JsonDocument.Parse(run.Output);
        double Number(string name) => json.RootElement.GetProperty(name).GetDouble();
        Assert.Equal((10_000, 0), (Number("images"), Number("badImages")));
        Assert.Equal(0.7199, Number("top1"), 0.004);   // docs/cifar100.md; other processors round int8 sums otherwise
        Assert.Equal(0.9286, Number("top5"), 0.004);
        Assert.InRange(Number("logLoss"), 0.9, 1.2);
    }
}
