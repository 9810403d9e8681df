using static TorchSharp.torch;

namespace Dla.Models.Tests;

/// <summary>
/// With the running statistics of batch norms: by those of its batch, a random network answers the rounding of its weights alone, in float32, with quite
/// other gradients.
/// </summary>
public sealed class MixedPrecisionTests
{
    /// <summary>A small network with all that a published one has: projections, trees of two levels, groups.</summary>
    private static DlaNetwork Network(DlaBlock block)
    {
        var variant = new DlaVariant("tiny", block, [1, 2, 1, 2, 1, 1], [4, 8, 16, 32, 32, 64]) { Cardinality = 2, BaseWidth = 64 };
        var network = new DlaNetwork(variant, new DlaNetworkOptions { NumClasses = 10 });
        network.eval();
        return network;
    }

    private static Tensor Images()
    {
        using var generator = new Generator(3, CPU);
        return randn([4, 64, 64, 3], generator: generator).permute(0, 3, 1, 2);   // [N, 3, H, W] in channels-last strides
    }

    [Theory]
    [InlineData(DlaBlock.Basic)]
    [InlineData(DlaBlock.Bottleneck)]
    [InlineData(DlaBlock.Bottle2neck)]
    public void Bfloat16_images_give_bfloat16_logits_near_the_float32_ones(DlaBlock block)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        using var network = Network(block);
        var images = Images();
        var expected = network.forward(images);
        var actual = network.forward(images.to(ScalarType.BFloat16));
        Assert.Equal((ScalarType.Float32, ScalarType.BFloat16), (expected.dtype, actual.dtype));
        var difference = (actual.to(ScalarType.Float32) - expected).abs().max().item<float>() / expected.abs().max().item<float>();
        Assert.InRange(difference, 1e-6, 0.04);   // bfloat16 has 8 bits: 0.4 % at each rounding
    }

    [Theory]
    [InlineData(DlaBlock.Basic)]
    [InlineData(DlaBlock.Bottleneck)]
    [InlineData(DlaBlock.Bottle2neck)]
    public void Gradients_of_bfloat16_images_arrive_at_the_float32_weights(DlaBlock block)
    {
        using var scope = NewDisposeScope();
        using var network = Network(block);
        var images = Images();
        Tensor Gradients(Tensor input)
        {
            network.zero_grad();
            nn.functional.cross_entropy(network.forward(input).to(ScalarType.Float32), arange(4, ScalarType.Int64)).backward();
            Assert.All(network.parameters(), p => Assert.Equal((ScalarType.Float32, ScalarType.Float32), (p.dtype, p.grad!.dtype)));
            return cat([.. network.parameters().Select(p => p.grad!.flatten())]);
        }
        var expected = Gradients(images);
        var actual = Gradients(images.to(ScalarType.BFloat16));
        var cosine = ((actual * expected).sum() / (actual.norm() * expected.norm())).item<float>();
        Assert.InRange(cosine, 0.98, 0.999999);
        Assert.InRange((actual.norm() / expected.norm()).item<float>(), 0.9, 1.1);
    }
}
