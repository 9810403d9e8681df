using System.Diagnostics;
using System.Text.Json;
using Dla.Cli.Output;
using Dla.MLNet;
using Dla.Tests;

namespace Dla.Cli.Tests;

public sealed class FolderCommandTests(SmallModel small) : IClassFixture<SmallModel>, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("dla-folders-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string AnImage => Path.Combine(small.Images, "bear", "0.png");

    /// <summary>A path in the test's folder, whose own folder is made.</summary>
    private string Place(string name)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    private void Images(params string[] names)
    {
        foreach (var name in names) File.Copy(AnImage, Place(name));
    }

    private static string[] Rows(DlaProcess run) => [.. run.Output.TrimEnd().Split('\n')[1..].Select(l => l[..l.IndexOf(',', StringComparison.Ordinal)])];

    [Fact]
    public async Task Classify_finds_each_image_once_among_links_pipes_and_other_files()
    {
        Images("data/bear/a.png", "data/bear/b.JFIF", "data/__MACOSX/c.png");
        await File.WriteAllTextAsync(Place("data/d.tif"), "");
        SpecialFile.Link(Place("data/self"), ".");
        SpecialFile.Link(Place("data/bear/up"), "..");
        SpecialFile.Pipe(Place("data/bear/pipe.png"));
        SpecialFile.Link(Place("named"), "data");
        foreach (var folder in (string[])["data", "named"])
        {
            var run = await DlaProcess.RunAsync("classify", Place(folder), "-m", small.Model, "--format", "csv", "--top", "1");
            Assert.Equal(0, run.ExitCode);
            Assert.Equal([Place($"{folder}/bear/a.png"), Place($"{folder}/bear/b.JFIF")], Rows(run));
            Assert.Single(run.Errors.Split('\n'), l => l.Contains("1 file was left out because of the ending: 1 .tif", StringComparison.Ordinal));
            Assert.Contains("2 links to folders were not followed", run.Errors, StringComparison.Ordinal);
        }
        SpecialFile.Link(Place("data/too"), small.Images);
        var followed = await DlaProcess.RunAsync("classify", Place("data"), "--follow-links", "-m", small.Model, "--format", "csv", "--top", "1");
        Assert.Equal(2 + SmallModel.Count, Rows(followed).Length);
    }

    [Fact]
    public async Task Evaluate_counts_each_image_once_and_shows_empty_classes_as_absent()
    {
        Images("data/bear/a.png", "data/deer/b.png");
        Directory.CreateDirectory(Place("data/fox"));
        SpecialFile.Link(Place("data/self"), ".");
        var json = Place("out.json");
        var run = await DlaProcess.RunAsync("evaluate", Place("data"), "-m", small.Model, "--json", json, "--report", Place("out.html"),
            "--csv", Place("out.csv"));
        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains("images      2 scored", run.Output, StringComparison.Ordinal);
        Assert.Contains("absent      5 of 7 classes have no measured images: apple, ", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 class has no images: fox.", run.Errors, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        var classes = report.RootElement.GetProperty("classes").EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!);
        Assert.Equal(0, classes["fox"].GetProperty("images").GetInt32());
        Assert.Equal(0, classes["fox"].GetProperty("recall").GetDouble());
        Assert.Contains("class,fox,images,0", await File.ReadAllTextAsync(Place("out.csv")), StringComparison.Ordinal);
        var train = await DlaProcess.RunAsync("evaluate", Place("data"), "-m", small.Model, "--split", "train");
        Assert.True(train.ExitCode == 0, train.Errors);
    }

    [Fact]
    public async Task A_named_pipe_is_classified_and_explained()
    {
        var pipe = SpecialFile.Pipe(Place("pipe.png"));
        var photo = await File.ReadAllBytesAsync(AnImage);
        foreach (var more in (string[][])[[], ["--explain", Place("maps")]])
        {
            var running = DlaProcess.RunAsync(["classify", pipe, "-m", small.ModelWithFeatures, "--top", "1", .. more]);
            await Writing(pipe, photo).WaitAsync(Limit, TestContext.Current.CancellationToken);
            var run = await running;
            Assert.Equal((0, ""), (run.ExitCode, run.Errors));
            Assert.StartsWith(pipe, run.Output, StringComparison.Ordinal);
        }
        Assert.Single(Directory.GetFiles(Place("maps")));
    }

    [Theory, InlineData("TERM"), InlineData("INT")]
    public async Task A_wait_for_a_pipe_ends_with_a_signal(string signal)
    {
        var pipe = SpecialFile.Pipe(Place("pipe.png"));
        using var process = Start("classify", AnImage, pipe, "-m", small.Model, "--top", "1");
        // The pipe can be opened for writing once the command has opened it for reading: then it waits.
        using var writer = await Task.Run(() => new FileStream(pipe, FileMode.Open, FileAccess.Write)).WaitAsync(Limit, TestContext.Current.CancellationToken);
        await EndsStopped(process, signal);
    }

    [Fact]
    public async Task A_wait_for_standard_input_ends_with_a_signal()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no SIGTERM on Windows");
        using var process = Start("classify", "-", "-m", small.Model, "--top", "1");
        for (var i = 0; i < 4 * Environment.ProcessorCount + 20; i++) await process.StandardInput.WriteLineAsync(AnImage);   // each thread wants some
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(AnImage, await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit));
        await EndsStopped(process, "TERM");   // its input stays open
    }

    /// <summary>A baseline is read without a token: it stands for a disk that does not answer.</summary>
    [Fact]
    public async Task A_wait_that_no_token_ends_is_ended_with_the_process()
    {
        var baseline = SpecialFile.Pipe(Place("baseline.json"));
        using var process = Start("evaluate", small.Images, "-m", small.Model, "--baseline", baseline);
        using var writer = await Task.Run(() => new FileStream(baseline, FileMode.Open, FileAccess.Write)).WaitAsync(Limit, TestContext.Current.CancellationToken);
        await EndsStopped(process, "TERM");
    }

    [Fact]
    public async Task A_model_that_is_a_pipe_is_refused_and_not_waited_for()
    {
        var model = SpecialFile.Pipe(Place("model.onnx"));
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells pipes from files");
        var run = await DlaProcess.RunAsync("classify", AnImage, "-m", model);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains("is a pipe, socket or device", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_input_without_line_ends_is_refused()
    {
        var run = await DlaProcess.RunAsync(["classify", "-", "-m", small.Model], input: new string('x', 100_000));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("expected one path a line", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_do_not_control_a_terminal_and_reach_programs_as_they_are()
    {
        const string Evil = "\u001b]0;evil\a.png";
        DlaClassProbability[] top = [new(Evil, 1f, 0)];
        foreach (var isTerminal in (bool[])[true, false])
            foreach (var format in (string[])["csv", "table"])
            {
                var text = new StringWriter();
                PredictionWriter.Create(format, text, isTerminal).Write(Evil, top);
                Assert.Equal(format == "csv" && !isTerminal, text.ToString().Contains(Evil, StringComparison.Ordinal));
                Assert.Equal(format == "csv" && !isTerminal, text.ToString().Contains('\u001b', StringComparison.Ordinal));
            }
    }

    private static Task Writing(string pipe, byte[] bytes) => Task.Run(() => File.WriteAllBytes(pipe, bytes));

    private static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo("dotnet",
        [Path.Combine(AppContext.BaseDirectory, "dla.dll"), .. arguments])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static async Task EndsStopped(Process process, string signal)
    {
        using (var kill = Process.Start("sh", ["-c", $"kill -{signal} {process.Id}"])) await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        await ProcessLimit.WaitAsync(process, Limit, "dla");
        Assert.Equal((1, "dla: stopped."), (process.ExitCode, (await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim()));
    }
}
