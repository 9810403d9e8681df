using Dla.Models;

namespace Dla.Cli.Tests;

public class ModelsCommandTests
{
    [Fact]
    public async Task Models_lists_every_variant_with_its_cost_and_its_published_accuracy()
    {
        var run = await DlaProcess.RunAsync("models");
        Assert.Equal(0, run.ExitCode);
        var rows = run.Output.Split('\n').Select(l => l.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Where(r => r.Length == 5).ToDictionary(r => r[0]);
        Assert.All(DlaVariant.All, v => Assert.Contains(v.Name, rows.Keys));
        Assert.Equal(["dla34", "15,742,104", "3,060,043,776", "74.63 %", "92.05 %"], rows["dla34"]);      // house table and timm's figures
        Assert.Equal(["dla102x2", "41,282,200", "9,283,985,408", "79.45 %", "94.65 %"], rows["dla102x2"]);
    }

    [Theory]
    [InlineData("Did you mean 'models'?", "modls")]
    [InlineData("Did you mean '--classes'?", "export", "--variant", "dla34", "-o", "m.onnx", "--clases", "5")]
    [InlineData("--output", "export", "--variant", "dla34")]
    [InlineData("'x'", "export", "--variant", "dla34", "--classes", "x", "-o", "m.onnx")]
    [InlineData("dla46x_c", "export", "--variant", "dla99", "-o", "m.onnx")]
    public async Task Wrong_usage_names_the_culprit_on_one_line_and_exits_with_2(string culprit, params string[] arguments)
    {
        var run = await DlaProcess.RunAsync(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal("", run.Output);
        Assert.Contains(culprit, run.Errors.Split('\n').First(l => l.StartsWith("dla: ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_alone_says_what_to_try_first()
    {
        var run = await DlaProcess.RunAsync();
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("dla classify PHOTO.jpg", run.Output, StringComparison.Ordinal);
    }
}
