using System.Text.Json;

namespace Dla.Cli.Tests;

public sealed class QuantizeCommandTests(SmallModel small) : IClassFixture<SmallModel>
{
    private string Out(string name) => Path.Combine(small.Folder, name);

    [Fact]
    public async Task Quantize_writes_a_model_that_classify_takes_and_reports_every_layer()
    {
        var run = await DlaProcess.RunAsync("quantize", small.Model, "--calibration", small.Images, "--samples", "20", "-o", Out("int8.onnx"), "--report",
            Out("report.json"));
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains("left in float: no convolution", run.Output, StringComparison.Ordinal);
        Assert.Contains("/level3/root/conv", run.Output, StringComparison.Ordinal);
        Assert.Contains("20 images", run.Output, StringComparison.Ordinal);

        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(Out("report.json")));
        Assert.Equal(20, report.RootElement.GetProperty("calibrationImages").GetInt32());
        Assert.Equal(3, report.RootElement.GetProperty("trials").GetArrayLength());
        var conv = report.RootElement.GetProperty("layers").EnumerateArray().Single(l => l.GetProperty("name").GetString() == "/level3/root/conv");
        Assert.InRange(conv.GetProperty("ownSnr").GetDouble(), 20, 100);

        var classified = await DlaProcess.RunAsync("classify", small.Images, "-m", Out("int8.onnx"), "--top", "1");
        Assert.Equal((0, 2 * SmallModel.Count), (classified.ExitCode, classified.Output.TrimEnd().Split('\n').Length));
    }

    [Fact]
    public async Task Layers_kept_float_are_named()
    {
        var run = await DlaProcess.RunAsync("quantize", small.Model, "--calibration", small.Images, "--samples", "5", "-o", Out("kept.onnx"), "--keep-float",
            "first,last", "--method", "minmax");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("float: 1 Conv (kept float): /base_layer/0", run.Output, StringComparison.Ordinal);
        Assert.Contains("float: 1 Gemm (kept float): /fc", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auto", "(8 bits, saturation-free)")]
    [InlineData("on", "(7 bits)")]
    [InlineData("off", "(8 bits)")]
    public async Task The_range_of_the_weights_is_as_asked_for_and_in_the_card(string range, string told)
    {
        var output = Out($"{range}.onnx");
        var run = await DlaProcess.RunAsync("quantize", small.Model, "--calibration", small.Images, "--samples", "5", "--method", "minmax",
            "--reduce-range", range, "-o", output);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(told, MLNet.DlaModelCard.Load(output)!.Quantization!.Scheme, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_folder_of_photos_calibrates()
    {
        var run = await DlaProcess.RunAsync("quantize", small.Model, "--calibration", Path.Combine(small.Images, "fox"), "-o", Out("plain.onnx"));
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains($"; 6 images of {Path.Combine(small.Images, "fox")}", run.Output, StringComparison.Ordinal);
        Directory.CreateDirectory(Out("empty"));
        var empty = await DlaProcess.RunAsync("quantize", small.Model, "--calibration", Out("empty"), "-o", Out("none.onnx"));
        Assert.NotEqual(0, empty.ExitCode);
        Assert.Contains("has no images", empty.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--samples", "--samples", "0")]
    [InlineData(2, "'median'", "--method", "median")]
    [InlineData(2, "'/level9'", "--keep-float", "/level9")]
    [InlineData(2, "target agreement", "--target-agreement", "2")]
    public async Task Wrong_usage_names_the_culprit_and_writes_nothing(int status, string culprit, params string[] arguments)
    {
        var run = await DlaProcess.RunAsync(["quantize", small.Model, "--calibration", small.Images, "-o", Out("none.onnx"), .. arguments]);
        Assert.Equal(status, run.ExitCode);
        Assert.Contains(culprit, run.Errors.Split('\n').First(l => l.StartsWith("dla: ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.False(File.Exists(Out("none.onnx")));
    }

    [Fact]
    public async Task Verify_tells_a_model_of_these_weights_from_one_of_others()
    {
        string[] export = ["export", "--variant", "dla46_c", "--classes", "3", "--size", "64"];
        Assert.Equal(0, (await DlaProcess.RunAsync([.. export, "-o", Out("a.onnx")])).ExitCode);
        using (var network = new Models.DlaNetwork(Models.DlaVariant.Dla46C, new Models.DlaNetworkOptions { NumClasses = 3 }))
            Models.Safetensors.Save(Out("a.safetensors"), network);

        var right = await DlaProcess.RunAsync("verify", Out("a.onnx"), "--weights", Out("a.safetensors"), "--variant", "dla46_c");
        Assert.Equal(0, right.ExitCode);
        Assert.Contains("logits of [3, 3, 64, 64]", right.Output, StringComparison.Ordinal);

        Assert.Equal(0, (await DlaProcess.RunAsync([.. export, "--seed", "1", "-o", Out("b.onnx")])).ExitCode);
        var wrong = await DlaProcess.RunAsync("verify", Out("b.onnx"), "--weights", Out("a.safetensors"));
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("does not belong to these weights", wrong.Errors, StringComparison.Ordinal);
        Assert.Equal(1, (await DlaProcess.RunAsync("verify", Out("absent.onnx"), "--weights", Out("a.safetensors"))).ExitCode);
    }
}
