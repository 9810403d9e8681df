using System.Text.Json;
using Dla.Tests;
using static TorchSharp.torch;

namespace Dla.Models.Tests;

public sealed class CheckpointLoadTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dla-load-").FullName;
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Files => new(TinyCheckpoints.Names);

    public static TheoryData<string> VariantNames => new(DlaVariant.All.Select(v => v.Name));

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Tiny(string name) => Path.Combine(TinyCheckpoints.Folder, name);

    /// <summary>The tiny weights, changed, as a file.</summary>
    private string Changed(Action<Dictionary<string, Tensor>> change)
    {
        using var file = Checkpoint.Open(Tiny("timm.safetensors"));
        var tensors = file.Tensors.ToDictionary(t => t.Name, t => t.Read());
        change(tensors);
        var path = Path.Combine(_folder, "changed.safetensors");
        Safetensors.Save(path, tensors);
        return path;
    }

    [Theory, MemberData(nameof(Files))]
    public void Every_file_gives_the_reference_logits(string name)
    {
        using var network = TinyCheckpoints.CreateNetwork();
        using var file = Checkpoint.Open(Tiny(name));
        var report = file.LoadInto(network);
        Assert.Equal(name.StartsWith("official", StringComparison.Ordinal) ? 5 : 0, report.DeadProjections.Count);
        Assert.Equal(name.StartsWith("timm", StringComparison.Ordinal) ? 290 : 242, report.Loaded);
        Assert.Equal((null, null), (report.ReplacedHeadClasses, report.AdaptedStemChannels));

        network.eval();
        using var inference = inference_mode();
        var reference = TinyCheckpoints.Facts.GetProperty("case");
        var shape = reference.GetProperty("shape").Deserialize<long[]>()!;
        var input = tensor(WeightRecipe.Input(reference.GetProperty("input").GetString()!, shape.Aggregate((a, b) => a * b))).reshape(shape);
        var expected = reference.GetProperty("logits").Deserialize<double[][]>()!.SelectMany(r => r).ToArray();
        var actual = network.call(input).data<float>().ToArray();
        var tolerance = name.Contains("f16", StringComparison.Ordinal) ? 2e-3 : 1e-5;
        Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, tolerance));
    }

    [Fact]
    public void Batch_counters_that_a_file_lacks_start_at_zero()
    {
        using var network = TinyCheckpoints.CreateNetwork();
        foreach (var (key, counter) in network.state_dict())
            if (key.EndsWith("num_batches_tracked", StringComparison.Ordinal)) counter.fill_(7);
        using var file = Checkpoint.Open(Tiny("official-legacy.pth"));
        file.LoadInto(network);
        Assert.All(network.state_dict().Where(t => t.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal)),
            t => Assert.Equal(0, t.Value.item<long>()));
    }

    [Fact]
    public void Another_class_count_leaves_the_networks_head_and_says_so()
    {
        using var network = TinyCheckpoints.CreateNetwork(classes: 7);
        var head = network.Head!.weight.clone();
        using var file = Checkpoint.Open(Tiny("timm.safetensors"));
        var report = file.LoadInto(network);
        Assert.Equal(10, report.ReplacedHeadClasses);
        Assert.Contains(report.Remarks, r => r.Contains("10 classes", StringComparison.Ordinal));
        Assert.Equal(head.data<float>().ToArray(), network.Head!.weight.data<float>().ToArray());
        AssertHolds(network, "level5.root.conv.weight");
    }

    private static void AssertHolds(DlaNetwork network, string name)
    {
        var tensor = network.state_dict()[name];
        Assert.Equal(WeightRecipe.Weights(name, tensor.shape), tensor.data<float>().ToArray());
    }

    [Fact]
    public async Task A_file_without_a_head_is_known_and_leaves_the_networks_own()
    {
        var path = Changed(t => _ = (t.Remove("fc.weight"), t.Remove("fc.bias")));
        using var network = TinyCheckpoints.CreateNetwork(classes: 7);
        var head = network.Head!.weight.clone();
        using var file = Checkpoint.Open(path);
        var report = file.LoadInto(network);
        Assert.Equal((0, 288), (report.ReplacedHeadClasses, report.Loaded));
        Assert.Contains(report.Remarks, r => r.Contains("no head", StringComparison.Ordinal));
        Assert.Equal(head.data<float>().ToArray(), network.Head!.weight.data<float>().ToArray());
        AssertHolds(network, "level5.root.conv.weight");
        Assert.True(file.Compare(TinyCheckpoints.Variant) is { IsComplete: true, NumClasses: null });
        using var headless = (await DlaPretrained.LoadAsync(path, new DlaPretrainedOptions { Variant = TinyCheckpoints.Variant })).Network;
        Assert.Null(headless.Head);

        var half = Changed(t => t.Remove("fc.bias"));
        using var halfFile = Checkpoint.Open(half);
        Assert.Contains("fc.bias", Assert.Throws<CheckpointMismatchException>(() => halfFile.LoadInto(network)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1, ScalarType.Float32)]   // would be spread over the whole weight
    [InlineData(5, 8, ScalarType.Float32)]
    [InlineData(7, 8, ScalarType.Int8)]
    public void A_stem_that_is_adapted_must_still_be_one(long kernel, long outputs, ScalarType type)
    {
        var path = Changed(t => t["base_layer.0.weight"] = ones([outputs, 3, kernel, kernel], type));
        using var network = new DlaNetwork(TinyCheckpoints.Variant, new DlaNetworkOptions { NumClasses = 10, InputChannels = 1 });
        var before = network.state_dict().ToDictionary(t => t.Key, t => t.Value.bytes.ToArray());
        using var file = Checkpoint.Open(path);
        Assert.Contains("base_layer.0.weight", Assert.Throws<CheckpointMismatchException>(() => file.LoadInto(network)).Message, StringComparison.Ordinal);
        Assert.All(network.state_dict(), t => Assert.Equal(before[t.Key], t.Value.bytes.ToArray()));
    }

    [Fact]
    public async Task A_named_variant_is_compared_before_anything_is_allocated()
    {
        var path = Changed(t => t["base_layer.0.weight"] = zeros(0, 2_000_000_000, 7, 7));   // no bytes, and terabytes as a network
        await Assert.ThrowsAsync<CheckpointMismatchException>(() =>
            DlaPretrained.LoadAsync(path, new DlaPretrainedOptions { Variant = TinyCheckpoints.Variant }));
    }

    [Fact]
    public void An_averaged_module_is_unwrapped_and_its_count_dropped()
    {
        using var source = Checkpoint.Open(Tiny("timm.safetensors"));
        var path = Path.Combine(_folder, "averaged.safetensors");
        Safetensors.Save(path, source.Tensors.Select(t => KeyValuePair.Create("module." + t.Name, t.Read()))
            .Append(KeyValuePair.Create("n_averaged", tensor(5L))));
        using var network = TinyCheckpoints.CreateNetwork();
        using var file = Checkpoint.Open(path);
        Assert.Equal(290, file.LoadInto(network).Loaded);
    }

    [Fact]
    public void What_a_message_quotes_of_a_file_is_printable()
    {
        var path = Changed(t => t["\u001b]0;owned\u0007"] = zeros(1));
        using var network = TinyCheckpoints.CreateNetwork();
        using var file = Checkpoint.Open(path);
        Assert.DoesNotContain(Assert.Throws<CheckpointMismatchException>(() => file.LoadInto(network)).Message, char.IsControl);
    }

    [Fact]
    public void Hooks_of_the_trees_are_run()
    {
        using var network = TinyCheckpoints.CreateNetwork();
        var modules = network.named_modules().ToDictionary(m => m.name, m => m.module);
        var heard = new List<string>();
        Tensor Hear(string name, Tensor output)
        {
            heard.Add(name);
            return output;
        }
        ((nn.Module<Tensor, Tensor[], Tensor>)modules["level5"]).register_forward_hook((_, _, _, output) => Hear("tree", output));
        ((nn.Module<Tensor, Tensor, Tensor>)modules["level5.tree1"]).register_forward_hook((_, _, _, output) => Hear("block", output));
        ((nn.Module<Tensor[], Tensor>)modules["level5.root"]).register_forward_hook((_, _, output) => Hear("root", output));
        network.call(zeros(2, 3, 32, 32));
        Assert.Equal(["block", "root", "tree"], heard);
    }

    [Theory]
    [InlineData(DlaBlock.Bottleneck)]
    [InlineData(DlaBlock.Bottle2neck)]
    public void A_variant_whose_groups_cannot_be_shared_out_is_refused(DlaBlock block)
    {
        var variant = DlaVariant.Dla60X with { Name = "own", Block = block, Channels = [16, 32, 24, 256, 512, 1024] };
        Assert.Contains("32 groups", Assert.Throws<ArgumentException>(() => new DlaNetwork(variant)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_without_a_head_takes_everything_else()
    {
        using var network = TinyCheckpoints.CreateNetwork(classes: 0);
        using var file = Checkpoint.Open(Tiny("timm.safetensors"));
        Assert.Equal(288, file.LoadInto(network).Loaded);
        AssertHolds(network, "level5.root.conv.weight");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    public void Other_image_channels_adapt_the_stem_as_timm_does(int channels)
    {
        using var network = new DlaNetwork(TinyCheckpoints.Variant, new DlaNetworkOptions { NumClasses = 10, InputChannels = channels });
        using var file = Checkpoint.Open(Tiny("timm.safetensors"));
        Assert.Equal(3, file.LoadInto(network).AdaptedStemChannels);
        var rgb = file["base_layer.0.weight"].Read();
        var stem = network.state_dict()["base_layer.0.weight"];
        for (var i = 0; i < channels; i++)
        {
            var expected = channels == 1 ? rgb.sum(dim: 1) : rgb.select(1, i % 3) * (3.0 / channels);
            Assert.True(stem.select(1, i).allclose(expected));
        }
    }

    [Fact]
    public void What_does_not_fit_is_one_error_that_lists_it_and_changes_nothing()
    {
        var path = Changed(t =>
        {
            t.Remove("level3.tree1.root.bn.weight");
            t["level9.weight"] = zeros(3);
            t["level0.0.weight"] = zeros(1, 1, 1, 1);   // load_state_dict would spread it over the whole weight
        });
        using var network = TinyCheckpoints.CreateNetwork();
        var before = network.state_dict().ToDictionary(t => t.Key, t => t.Value.bytes.ToArray());
        using var file = Checkpoint.Open(path);
        var error = Assert.Throws<CheckpointMismatchException>(() => file.LoadInto(network));
        Assert.Contains("1 missing: level3.tree1.root.bn.weight.", error.Message, StringComparison.Ordinal);
        Assert.Contains("1 unexpected: level9.weight.", error.Message, StringComparison.Ordinal);
        Assert.Contains("level0.0.weight is [1, 1, 1, 1] instead of [8, 8, 3, 3]", error.Message, StringComparison.Ordinal);
        Assert.All(network.state_dict(), t => Assert.Equal(before[t.Key], t.Value.bytes.ToArray()));
    }

    [Fact]
    public void Of_many_differences_the_first_ten_are_listed()
    {
        using var network = new DlaNetwork(DlaVariant.Dla34);
        using var file = Checkpoint.Open(Tiny("timm.safetensors"));
        var error = Assert.Throws<CheckpointMismatchException>(() => file.LoadInto(network));
        Assert.Contains(", ….", error.Message, StringComparison.Ordinal);
        Assert.True(error.Message.Length < 4000);
    }

    [Fact]
    public void Only_projections_without_a_root_are_dropped()
    {
        var path = Changed(t => t["level2.root.project.0.weight"] = zeros(2));
        using var network = TinyCheckpoints.CreateNetwork();
        using var dead = Checkpoint.Open(path);
        Assert.Equal(["level2.root.project.0.weight"], dead.LoadInto(network).DeadProjections);
        path = Changed(t => t["level2.project.2.weight"] = zeros(2));   // its tree has a root: a stray tensor
        using var stray = Checkpoint.Open(path);
        Assert.Contains("1 unexpected: level2.project.2.weight.", Assert.Throws<CheckpointMismatchException>(() => stray.LoadInto(network)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_numbers_are_not_taken_for_weights()
    {
        var path = Changed(t => t["fc.weight"] = zeros(10, 64, 1, 1, ScalarType.Int8));
        using var network = TinyCheckpoints.CreateNetwork();
        using var file = Checkpoint.Open(path);
        Assert.Contains("fc.weight is Int8", Assert.Throws<CheckpointMismatchException>(() => file.LoadInto(network)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Other_number_formats_are_converted(ScalarType type)
    {
        var path = Changed(t => { foreach (var key in t.Keys.Where(k => t[k].is_floating_point()).ToList()) t[key] = t[key].to(type); });
        using var network = TinyCheckpoints.CreateNetwork();
        using var file = Checkpoint.Open(path);
        file.LoadInto(network);
        var expected = tensor(WeightRecipe.Weights("level0.0.weight", [8, 8, 3, 3])).to(type).to(ScalarType.Float32);
        Assert.Equal(expected.data<float>().ToArray(), network.state_dict()["level0.0.weight"].data<float>().ToArray());
    }

    [Fact]
    public void Averaged_weights_are_preferred_and_the_optimizer_is_left_alone()
    {
        var path = Changed(t =>
        {
            foreach (var key in t.Keys.ToList())
            {
                t["model." + key] = zeros_like(t[key]);
                t["model_ema.module." + key] = t[key];
                t.Remove(key);
            }
            t["optimizer.step"] = zeros(1);
        });
        using var network = TinyCheckpoints.CreateNetwork();
        using var file = Checkpoint.Open(path);
        Assert.Equal("model_ema", file.LoadInto(network).Part);
        Assert.Equal(WeightRecipe.Weights("fc.bias", [10]), network.Head!.bias!.data<float>().ToArray());
    }

    [Theory, MemberData(nameof(VariantNames))]
    public void A_variant_is_recognized_by_its_tensors(string name)
    {
        using var network = new DlaNetwork(DlaVariant.Parse(name), new DlaNetworkOptions { NumClasses = 5, InputChannels = 1 });
        var path = Path.Combine(_folder, "variant.safetensors");
        Safetensors.Save(path, network);
        using var file = Checkpoint.Open(path);
        var fit = file.FindVariant();
        Assert.Equal((name, true, 5, 1), (fit.Variant.Name, fit.IsComplete, fit.NumClasses, fit.InputChannels));
    }

    [Theory]
    [InlineData("dla34", 10)]
    [InlineData("dla46_c", 5)]
    [InlineData("dla60x", 15)]
    [InlineData("dla102", 25)]
    public void Exactly_the_tensors_that_only_official_files_have_are_dropped(string name, int tensors)
    {
        var facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "networks", name + ".json"))).RootElement;
        var extra = facts.GetProperty("official_extra_keys").EnumerateObject().Where(p => !IsCounter(p.Name)).ToList();
        Assert.Equal(tensors, extra.Count);
        var official = facts.GetProperty("state_dict").EnumerateObject().Where(p => !IsCounter(p.Name)).Concat(extra)
            .ToDictionary(p => p.Name, p => zeros(p.Value.Deserialize<long[]>()!, ScalarType.Float16));
        var path = Path.Combine(_folder, "official.safetensors");
        Safetensors.Save(path, official);
        using var file = Checkpoint.Open(path);
        var fit = file.FindVariant();
        Assert.Equal((name, true), (fit.Variant.Name, fit.IsComplete));
        Assert.Equal(extra.Select(p => p.Name).Order(StringComparer.Ordinal), fit.DeadProjections.Order(StringComparer.Ordinal));
    }

    private static bool IsCounter(string name) => name.EndsWith("num_batches_tracked", StringComparison.Ordinal);

    [Fact]
    public void A_network_of_no_published_variant_is_not_taken_for_one()
    {
        using var file = Checkpoint.Open(Tiny("timm.safetensors"));
        Assert.False(file.FindVariant().IsComplete);
        Assert.True(file.Compare(TinyCheckpoints.Variant).IsComplete);
    }

    [Fact]
    public void A_saved_network_loads_bit_for_bit()
    {
        using var network = TinyCheckpoints.CreateNetwork();
        var path = Path.Combine(_folder, "saved.safetensors");
        Safetensors.Save(path, network);
        using var other = new DlaNetwork(TinyCheckpoints.Variant, new DlaNetworkOptions { NumClasses = 10, Seed = 5 });
        using var file = Checkpoint.Open(path);
        file.LoadInto(other);
        Assert.Equal("tiny", file.Metadata["dla.variant"]);
        Assert.Equal(network.state_dict().Select(t => t.Value.bytes.ToArray()), other.state_dict().Select(t => t.Value.bytes.ToArray()));
    }
}
