using TorchSharp;
using static TorchSharp.torch;

namespace Dla.Models.Tests;

public sealed class VariantTests
{
    /// <summary>Name, parameters, batch-norm buffer values, multiply-accumulates of the convolutions at 224×224.</summary>
    public static TheoryData<string, long, long, long> Table => new()
    {
        { "dla34", 15_742_104, 15_488, 3_060_043_776 },
        { "dla46_c", 1_301_400, 8_064, 574_269_440 },
        { "dla46x_c", 1_068_440, 10_880, 532_723_712 },
        { "dla60x_c", 1_319_832, 14_464, 581_294_080 },
        { "dla60", 22_036_632, 41_088, 4_235_878_400 },
        { "dla60x", 17_352_344, 55_936, 3_516_555_264 },
        { "dla102", 33_268_888, 66_688, 7_164_551_168 },
        { "dla102x", 26_309_272, 91_776, 5_847_932_928 },
        { "dla102x2", 41_282_200, 141_952, 9_283_985_408 },
        { "dla169", 53_389_720, 108_928, 11_557_560_320 },
        { "dla60_res2net", 20_848_072, 48_976, 4_122_681_344 },
        { "dla60_res2next", 17_032_984, 52_224, 3_458_752_512 },
    };

    [Theory, MemberData(nameof(Table))]
    public void Parameters_buffers_and_multiply_accumulates_are_the_published_ones(string name, long parameters, long buffers, long macs)
    {
        var cost = DlaCost.Of(DlaVariant.Parse(name));
        Assert.Equal((parameters, buffers, macs), (cost.Parameters, cost.BufferValues, cost.MultiplyAccumulates));
    }

    [Fact]
    public void The_table_has_every_variant() => Assert.Equal(DlaVariant.All.Select(v => v.Name), Table.Select(r => r.Data.Item1));

    [Fact]
    public void An_unknown_name_is_answered_with_the_known_ones()
    {
        var error = Assert.Throws<ArgumentException>(() => DlaVariant.Parse("dla50"));
        Assert.Contains("'dla50'", error.Message, StringComparison.Ordinal);
        Assert.All(DlaVariant.All, v => Assert.Contains(v.Name, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 3, 32, 32)]
    [InlineData(10_000, 4, 32, 64)]
    [InlineData(7, 1, 64, 96)]
    public void Classes_channels_and_sizes_are_free(int classes, int channels, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = classes, InputChannels = channels });
        network.eval();
        Assert.Equal([2, classes], network.call(randn(2, channels, height, width)).shape);
        Assert.Equal([2, 256], network.ForwardEmbedding(randn(2, channels, height, width)).shape);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(33, 64)]
    [InlineData(64, 48)]
    public void A_size_the_trees_cannot_halve_is_refused(int height, int width)
    {
        using var network = new DlaNetwork(DlaVariant.Dla46C);
        using var input = randn(1, 3, height, width);
        var error = Assert.Throws<ArgumentException>(() => network.call(input));
        Assert.Contains($"{width}×{height}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_head_the_network_returns_embeddings()
    {
        using var scope = NewDisposeScope();
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 0 });
        network.eval();
        var input = randn(1, 3, 64, 64);
        Assert.True(network.call(input).allclose(network.ForwardEmbedding(input)));
        Assert.DoesNotContain(network.state_dict().Keys, k => k.StartsWith("fc", StringComparison.Ordinal));
        Assert.Throws<InvalidOperationException>(() => network.ForwardHead(input));
    }

    [Fact]
    public void Dropout_acts_in_training_only()
    {
        using var scope = NewDisposeScope();
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 5, Dropout = 0.5 });
        var embedding = ones(1, 256);
        network.eval();
        Assert.True(network.ForwardHead(embedding).allclose(network.ForwardHead(embedding)));
        network.train();
        Assert.False(network.ForwardHead(embedding).allclose(network.ForwardHead(embedding)));
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights()
    {
        using var a = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { Seed = 3 });
        using var b = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { Seed = 3 });
        using var c = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { Seed = 4 });
        Assert.Equal(a.Head!.weight.data<float>().ToArray(), b.Head!.weight.data<float>().ToArray());
        Assert.NotEqual(a.Head!.weight.data<float>().ToArray(), c.Head!.weight.data<float>().ToArray());
    }

    [Fact]
    public void Impossible_options_are_refused()
    {
        Assert.ThrowsAny<ArgumentException>(() => new DlaNetwork(DlaVariant.Dla34, new DlaNetworkOptions { NumClasses = -1 }));
        Assert.ThrowsAny<ArgumentException>(() => new DlaNetwork(DlaVariant.Dla34, new DlaNetworkOptions { InputChannels = 0 }));
        Assert.ThrowsAny<ArgumentException>(() => new DlaNetwork(DlaVariant.Dla34, new DlaNetworkOptions { Dropout = 1 }));
        Assert.ThrowsAny<ArgumentException>(() => new DlaNetwork(DlaVariant.Dla34 with { Levels = [1, 1, 1] }));
    }

    [Fact]
    public void A_forward_pass_leaves_no_tensors_behind()
    {
        using var network = new DlaNetwork(DlaVariant.Dla60Res2Net, new DlaNetworkOptions { NumClasses = 3 });
        network.eval();
        using var inference = inference_mode();
        using var input = randn(1, 3, 32, 32);
        network.call(input).Dispose();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        network.call(input).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
