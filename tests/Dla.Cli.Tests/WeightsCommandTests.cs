using Dla.Models;

namespace Dla.Cli.Tests;

public sealed class WeightsCommandTests : IDisposable
{
    private static readonly string Tiny = Path.Combine(AppContext.BaseDirectory, "tiny-checkpoints");

    private readonly string _folder = Directory.CreateTempSubdirectory("dla-weights-").FullName;

    public static TheoryData<string> HostileFiles => new(Directory.EnumerateFiles(Path.Combine(Tiny, "hostile")).Select(f => Path.GetFileName(f)!).Order());

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<DlaProcess> RunAsync(params string[] arguments) =>
        DlaProcess.RunAsync(arguments, input: null, new Dictionary<string, string?> { ["DLA_CACHE"] = _folder, ["DLA_MIRROR"] = null });

    [Theory, MemberData(nameof(HostileFiles))]
    public async Task A_hostile_file_is_refused_on_one_line(string name)
    {
        var path = Path.Combine(Tiny, "hostile", name);
        var run = await RunAsync("weights", "show", path);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"dla: '{path}' is ", run.Errors, StringComparison.Ordinal);
        Assert.Single(run.Errors.Trim().Split('\n'));
        Assert.False(File.Exists("pwned"));
    }

    [Fact]
    public async Task Show_prints_metadata_of_several_lines_on_one()
    {
        var path = Path.Combine(_folder, "mine.safetensors");
        var json = "{\"__metadata__\":{\"card\":\"{\\n  \\\"version\\\": 1,\\n  \\\"x\\\": 2\\n}\"},\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
        await File.WriteAllBytesAsync(path, [.. BitConverter.GetBytes((long)json.Length), .. System.Text.Encoding.UTF8.GetBytes(json), 0, 0, 0, 0]);
        var run = await RunAsync("weights", "show", path);
        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains("metadata: card = { \"version\": 1, \"x\": 2 }\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_tells_format_tensors_and_variant()
    {
        var path = Path.Combine(_folder, "mine.safetensors");
        using (var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 7 })) Safetensors.Save(path, network);
        var run = await RunAsync("weights", "show", path);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("format:   safetensors", run.Output, StringComparison.Ordinal);
        Assert.Contains("variant:  dla46_c, 7 classes, 3 image channels", run.Output, StringComparison.Ordinal);
        Assert.All(run.Output.TrimEnd().Split('\n').SkipWhile(l => !l.Contains(".num_batches_tracked ", StringComparison.Ordinal)),
            l => Assert.Contains(".num_batches_tracked ", l, StringComparison.Ordinal));   // they come last
        Assert.Contains(run.Output.Split('\n'), l => l.StartsWith("fc.weight ", StringComparison.Ordinal)
            && l.EndsWith("Float32   [7, 256, 1, 1]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Show_tells_what_is_missing()
    {
        var run = await RunAsync("weights", "show", Path.Combine(Tiny, "official-trainer-legacy.pth.tar"));
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("PyTorch, legacy (before 1.6), the checkpoint's 'state_dict'", run.Output, StringComparison.Ordinal);
        Assert.Contains("none of the published ones; the nearest is dla46_c", run.Output, StringComparison.Ordinal);
        Assert.Contains("5 tensors of projections", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("official-legacy.pth")]
    [InlineData("timm-trainer-zip.pth.tar")]
    [InlineData("paddle-protocol2.pdparams")]
    public async Task Convert_gives_the_names_and_values_that_timm_has(string name)
    {
        var output = Path.Combine(_folder, "out.safetensors");
        var run = await RunAsync("weights", "convert", Path.Combine(Tiny, name), output);
        Assert.Equal(0, run.ExitCode);
        using var converted = Checkpoint.Open(output);
        using var reference = Checkpoint.Open(Path.Combine(Tiny, "timm.safetensors"));
        Assert.Equal(reference.Tensors.Select(t => t.ToString()).Order(StringComparer.Ordinal),
            converted.Tensors.Select(t => t.ToString()).Order(StringComparer.Ordinal));
        foreach (var tensor in reference.Tensors.Where(t => t.Shape.Count > 0))
        {
            using var expected = tensor.Read();
            using var actual = converted[tensor.Name].Read();
            Assert.Equal(expected.bytes.ToArray(), actual.bytes.ToArray());
        }
    }

    [Fact]
    public async Task Convert_of_a_bad_file_writes_nothing()
    {
        var output = Path.Combine(_folder, "out.safetensors");
        var run = await RunAsync("weights", "convert", Path.Combine(Tiny, "hostile", "truncated-legacy.pth"), output);
        Assert.Equal(1, run.ExitCode);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Pull_finds_the_cached_file_without_the_network()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "weights"));
        var cached = Path.Combine(_folder, "weights", "dla46_c.in1k.safetensors");
        using (var network = new DlaNetwork(DlaVariant.Dla46C)) Safetensors.Save(cached, network);
        var run = await RunAsync("weights", "pull", "dla46_c", "--offline");
        Assert.Equal((0, cached), (run.ExitCode, run.Output.Trim()));
        var other = await RunAsync("weights", "pull", "dla46_c", "--source", "official", "--offline");
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("dla46_c-2bfd52c3.pth", other.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("weights", "pull", "dla99")]
    [InlineData("weights", "pull", "dla60", "--source", "official-tricks")]
    [InlineData("weights", "pull", "dla60", "--source", "elsewhere")]
    [InlineData("weights", "pull")]
    public async Task Weights_that_nobody_publishes_are_wrong_usage(params string[] arguments) => Assert.Equal(2, (await RunAsync(arguments)).ExitCode);

    [Fact]
    public async Task List_has_every_published_file()
    {
        var run = await RunAsync("weights", "list");
        Assert.Equal(0, run.ExitCode);
        Assert.All(PublishedWeights.All, w => Assert.Contains($" {w.Name} ", run.Output, StringComparison.Ordinal));
        Assert.Contains("dla34+tricks-24a49e58.pth", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_keeps_names_and_accuracy_whole_on_narrow_terminals()
    {
        var run = await DlaProcess.RunAsync(["weights", "list"], input: null, new Dictionary<string, string?> { ["COLUMNS"] = "60", ["DLA_CACHE"] = _folder });
        var lines = run.Output.Split('\n');
        Assert.DoesNotContain(lines, l => l.EndsWith(' '));   // tables are filled up with blanks on terminals only
        Assert.All(PublishedWeights.All, w => Assert.Single(lines, l => l.Contains($" {w.Name} ", StringComparison.Ordinal)
            && l.Contains($"{100 * w.Accuracy.Top1:f2} ", StringComparison.Ordinal) && l.Contains($" {100 * w.Accuracy.Top5:f2}", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_proxy_variables_are_honoured()
    {
        using var proxy = new ProxyRecorder();
        var run = await DlaProcess.RunAsync(["weights", "pull", "dla46_c"], input: null, new Dictionary<string, string?>
        {
            ["DLA_CACHE"] = _folder, ["DLA_MIRROR"] = "http://mirror.invalid/dla", ["http_proxy"] = proxy.Address, ["https_proxy"] = proxy.Address,
            ["no_proxy"] = null, ["NO_PROXY"] = null,
        });
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("GET http://mirror.invalid/dla/dla46_c.in1k.safetensors HTTP/1.1", proxy.Requests.First());
        Assert.Contains(proxy.Requests, r => r.StartsWith("CONNECT huggingface.co:443", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Export_takes_weights_and_tells_the_variant_itself()
    {
        var weights = Path.Combine(_folder, "mine.safetensors");
        var model = Path.Combine(_folder, "mine.onnx");
        using (var network = new DlaNetwork(DlaVariant.Dla46XC, new DlaNetworkOptions { NumClasses = 3, Seed = 2 }))
            Safetensors.Save(weights, network, new Dictionary<string, string> { [DlaPretrained.ClassNamesKey] = """["a","b","c"]""" });
        var run = await RunAsync("export", "--weights", weights, "--size", "64", "-o", model);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        var card = MLNet.DlaModelCard.Load(model)!;
        Assert.Equal("dla46x_c", card.Variant);
        Assert.Equal(["a", "b", "c"], card.ClassNames);
        Assert.StartsWith("mine.safetensors, SHA-256 ", card.Weights, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_of_weights_of_another_variant_fails_and_writes_nothing()
    {
        var weights = Path.Combine(_folder, "mine.safetensors");
        using (var network = new DlaNetwork(DlaVariant.Dla46XC)) Safetensors.Save(weights, network);
        var run = await RunAsync("export", "--weights", weights, "--variant", "dla34", "-o", Path.Combine(_folder, "mine.onnx"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("does not fit dla34", run.Errors, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(_folder));
    }
}
