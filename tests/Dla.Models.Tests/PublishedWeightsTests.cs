using static TorchSharp.torch;

namespace Dla.Models.Tests;

public sealed class PublishedWeightsTests
{
    [Fact]
    public void Every_variant_has_weights_by_https() =>
        Assert.All(DlaVariant.All, v => Assert.Equal("https", PublishedWeights.Of(v).Addresses[0].Scheme));

    [Fact]
    public void Secure_addresses_come_first_and_insecure_ones_have_a_hash() => Assert.All(PublishedWeights.All, w =>
    {
        Assert.Equal(w.Addresses.OrderByDescending(a => a.Scheme, StringComparer.Ordinal), w.Addresses);
        if (w.Addresses.Any(a => a.Scheme != "https")) Assert.Matches("^[0-9a-f]{8,64}$", w.Sha256);
    });

    [Fact]
    public void Names_in_the_cache_are_distinct_and_plain()
    {
        Assert.Equal(PublishedWeights.All.Count, PublishedWeights.All.Select(w => w.FileName).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(PublishedWeights.All, w => Assert.Matches(@"^[A-Za-z0-9_+.-]+\.(pth|safetensors|pdparams)$", w.FileName));
    }

    [Theory]
    [InlineData("dla34", "timm/dla34", 0.74632)]
    [InlineData("official/dla34", "official/dla34", 0.74632)]
    [InlineData("Official-Tricks/DLA34", "official-tricks/dla34", 0.7639)]
    [InlineData("official-tricks/dla102", "official-tricks/dla102", 0.7944)]
    [InlineData("paddle/dla102", "paddle/dla102", 0.7944)]
    [InlineData("release/dla102", "release/dla102", 0.78016)]
    public void A_name_gives_its_training(string name, string full, double top1)
    {
        var weights = PublishedWeights.Parse(name);
        Assert.Equal((full, top1), (weights.Name, weights.Accuracy.Top1));
        Assert.Equal(top1 is 0.7639 or 0.7944, weights.Tricks);
    }

    [Theory]
    [InlineData("dla35", "dla34")]
    [InlineData("official/dla60_res2net", "timm/dla60_res2net")]
    [InlineData("official-tricks/dla60", "official/dla60")]
    public void An_unknown_name_is_answered_with_the_known_ones(string name, string known) =>
        Assert.Contains(known, Assert.Throws<ArgumentException>(() => PublishedWeights.Parse(name)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Weights_of_another_variant_than_asked_for_are_not_downloaded()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() =>
            DlaPretrained.LoadAsync("official/dla60", new DlaPretrainedOptions { Variant = DlaVariant.Dla34 }));
        Assert.Contains("dla60, not of dla34", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_nothing_is_answered_with_the_catalogue()
    {
        var error = await Assert.ThrowsAsync<FileNotFoundException>(() => DlaPretrained.LoadAsync("resnet.pth"));
        Assert.Contains("dla60_res2net", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_a_published_variant_needs_no_name()
    {
        var folder = Directory.CreateTempSubdirectory("dla-pretrained-").FullName;
        try
        {
            var path = Path.Combine(folder, "mine.bin");
            using (var saved = new DlaNetwork(DlaVariant.Dla46XC, new DlaNetworkOptions { NumClasses = 12, Seed = 9 })) Safetensors.Save(path, saved);
            var loaded = await DlaPretrained.LoadAsync(path);
            using var network = loaded.Network;
            Assert.Equal(("dla46x_c", 12, $"mine.bin, SHA-256 {loaded.Sha256}"), (network.Variant.Name, network.Options.NumClasses, loaded.Weights));
            Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(path))), loaded.Sha256);
            Assert.Empty(loaded.ClassNames);
            using var other = (await DlaPretrained.LoadAsync(path, new DlaPretrainedOptions { NumClasses = 3, InputChannels = 1 })).Network;
            Assert.Equal((3, 1), (other.Options.NumClasses, other.Options.InputChannels));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_loaded_network_equals_the_saved_one_and_trains()
    {
        var path = Path.Combine(Path.GetTempPath(), $"dla-loaded-{Guid.NewGuid():N}.safetensors");
        try
        {
            using var scope = NewDisposeScope();
            using var saved = new DlaNetwork(DlaVariant.Dla60Res2Next, new DlaNetworkOptions { NumClasses = 4, Seed = 9 });
            Safetensors.Save(path, saved);
            using var loaded = (await DlaPretrained.LoadAsync(path, new DlaPretrainedOptions { Dropout = 0.25 })).Network;
            Assert.Equal(saved.Options with { Dropout = 0.25, Seed = 0 }, loaded.Options);
            Assert.Equal(saved.state_dict().Select(t => (t.Key, Convert.ToHexString(t.Value.bytes))),
                loaded.state_dict().Select(t => (t.Key, Convert.ToHexString(t.Value.bytes))));
            Assert.Equal(saved.named_parameters().Select(p => (p.name, p.parameter.requires_grad)),
                loaded.named_parameters().Select(p => (p.name, p.parameter.requires_grad)));
            var input = randn(2, 3, 32, 32);
            loaded.call(input).sum().backward();
            Assert.All(loaded.parameters(), p => Assert.NotNull(p.grad));
            saved.eval();
            loaded.eval();
            Safetensors.Save(path, saved);
            using var other = (await DlaPretrained.LoadAsync(path, new DlaPretrainedOptions { NumClasses = 7, Seed = 3 })).Network;
            var bound = 1 / MathF.Sqrt(saved.Variant.EmbeddingLength);   // U(−1/√F, 1/√F), of which the largest of 7 · F is near the end
            Assert.InRange(other.Head!.weight.abs().max().item<float>(), 0.98f * bound, bound);
            Assert.Equal(0, other.Head.bias!.abs().sum().item<float>());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Class_names_saved_beside_the_weights_come_back()
    {
        var path = Path.Combine(Path.GetTempPath(), $"dla-names-{Guid.NewGuid():N}.safetensors");
        try
        {
            using var saved = new DlaNetwork(DlaVariant.Dla46XC, new DlaNetworkOptions { NumClasses = 2 });
            Safetensors.Save(path, saved, new Dictionary<string, string> { [DlaPretrained.ClassNamesKey] = """["cat","dög"]""" });
            var loaded = await DlaPretrained.LoadAsync(path);
            loaded.Network.Dispose();
            Assert.Equal(["cat", "dög"], loaded.ClassNames);
            var other = await DlaPretrained.LoadAsync(path, new DlaPretrainedOptions { NumClasses = 3 });
            other.Network.Dispose();
            Assert.Empty(other.ClassNames);
            Safetensors.Save(path, saved, new Dictionary<string, string> { [DlaPretrained.ClassNamesKey] = """["cat"]""" });
            await Assert.ThrowsAsync<CheckpointException>(() => DlaPretrained.LoadAsync(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void ImageNet_has_a_thousand_distinct_names()
    {
        Assert.Equal(1000, ImageNetClasses.Names.Distinct().Count());
        Assert.Equal(("tench", "bagel"), (ImageNetClasses.Names[0], ImageNetClasses.Names[931]));
    }

    [Fact]
    public async Task A_file_of_no_published_variant_needs_its_variant()
    {
        var path = Path.Combine(TinyCheckpoints.Folder, "timm-zip.pth");
        await Assert.ThrowsAsync<CheckpointMismatchException>(() => DlaPretrained.LoadAsync(path));
        using var network = (await DlaPretrained.LoadAsync(path, new DlaPretrainedOptions { Variant = TinyCheckpoints.Variant })).Network;
        Assert.Equal(10, network.Options.NumClasses);
    }
}
