using Dla.MLNet;
using Microsoft.ML.OnnxRuntime;

namespace Dla.Cli.Tests;

/// <summary>The options of <c>dla export</c>, each in the file that it gives.</summary>
public sealed class ExportCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dla-cli-export-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Exports a small network of three classes and gives its path.</summary>
    private async Task<string> ExportAsync(params string[] options)
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid():n}.onnx");
        var run = await DlaProcess.RunAsync(["export", "--variant", "dla46_c", "--classes", "3", "--size", "32", "--seed", "4", "-o", path, .. options]);
        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains("verified against the module", run.Output, StringComparison.Ordinal);
        return path;
    }

    /// <summary>Standard output is a terminal here, standard error a file.</summary>
    [Fact]
    public async Task Redirected_errors_have_no_escape_sequences()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script") && OperatingSystem.IsLinux(), "needs util-linux's script, which makes a terminal");
        var errors = Path.Combine(_folder, "errors");
        var command = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "dla.dll")}' export --variant dla46_c --classes 3 --size 32 " +
            $"-o '{Path.Combine(_folder, "m.onnx")}' 2> '{errors}'";
        var terminal = new Dictionary<string, string> { ["TERM"] = "xterm-256color" };
        await Dla.Tests.DotNet.DoAsync(_folder, "script", ["-q", "-e", "-c", command, "/dev/null"], terminal);
        var text = await File.ReadAllTextAsync(errors);
        Assert.Contains("random weights", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
    }

    private static string Shape(string path)
    {
        using var session = new InferenceSession(path);
        return string.Join(" ", session.InputMetadata.Single().Value.Dimensions);
    }

    [Fact]
    public async Task Size_and_batch_are_fixed_or_free_as_asked()
    {
        Assert.Equal("-1 3 32 32", Shape(await ExportAsync()));
        Assert.Equal("-1 3 -1 -1", Shape(await ExportAsync("--dynamic-size")));
        Assert.Equal("4 3 32 32", Shape(await ExportAsync("--batch", "4")));
        Assert.Equal("-1 32 32 3", Shape(await ExportAsync("--embed-preprocessing")));
    }

    [Fact]
    public async Task Half_precision_halves_the_file_and_hardly_changes_the_scores()
    {
        var (whole, half) = (await ExportAsync(), await ExportAsync("--fp16", "--opset", "21"));
        Assert.InRange(new FileInfo(half).Length, 0.4 * new FileInfo(whole).Length, 0.6 * new FileInfo(whole).Length);
        using var bitmap = new SkiaSharp.SKBitmap(40, 40);
        bitmap.Erase(SkiaSharp.SKColors.Orange);
        using var png = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100);
        float[] Scores(string path)
        {
            using var classifier = DlaClassifier.Open(path);
            return [.. classifier.Predict(png.ToArray()).Top.OrderBy(c => c.Index).Select(c => c.Probability)];
        }
        Assert.All(Scores(whole).Zip(Scores(half)), p => Assert.Equal(p.First, p.Second, 0.01f));
    }

    [Theory]
    [InlineData("17 to 21", "--opset", "16")]
    [InlineData("batch size is 0", "--batch", "0")]
    [InlineData("'scores' is not an output", "--outputs", "scores")]
    public async Task What_cannot_be_exported_is_refused_and_nothing_is_written(string culprit, params string[] options)
    {
        var run = await DlaProcess.RunAsync(["export", "--variant", "dla46_c", "--classes", "3", "--size", "32", "-o", Path.Combine(_folder, "m.onnx"),
            .. options]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(culprit, run.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }
}
