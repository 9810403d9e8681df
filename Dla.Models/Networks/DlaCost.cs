using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dla.Models;

/// <summary>What a variant costs, counted on its modules without giving them values.</summary>
/// <param name="Parameters">Trainable values.</param>
/// <param name="BufferValues">Running means and variances of the batch norms (values, not tensors).</param>
/// <param name="MultiplyAccumulates">Multiply-accumulates of all convolutions, the head's among them, for one image.</param>
public sealed record DlaCost(long Parameters, long BufferValues, long MultiplyAccumulates)
{
    /// <summary>Counts a network for one image of <paramref name="size"/> × <paramref name="size"/> pixels.</summary>
    /// <exception cref="ArgumentException"><paramref name="size"/> is not a positive multiple of 32.</exception>
    public static DlaCost Of(DlaVariant variant, DlaNetworkOptions? options = null, int size = 224)
    {
        DlaNetwork.CheckSize(size, size);
        using var scope = NewDisposeScope();
        using var network = new DlaNetwork(variant, (options ?? new DlaNetworkOptions()) with { ShapesOnly = true });
        long Pixels(int level) => (long)(size >> level) * (size >> level);
        var macs = PerPixel(network.Stem) * Pixels(0) + PerPixel(network.Level0) * Pixels(0) + PerPixel(network.Level1) * Pixels(1)
            + Tree(network.Level2, Pixels(1)) + Tree(network.Level3, Pixels(2)) + Tree(network.Level4, Pixels(3)) + Tree(network.Level5, Pixels(4))
            + (network.Head is { } head ? PerPixel(head) : 0);
        var norms = network.modules().OfType<BatchNorm2d>().Sum(n => n.running_mean!.numel() + n.running_var!.numel());
        return new DlaCost(network.parameters().Sum(p => p.numel()), norms, macs);
    }

    /// <summary>One multiply-accumulate per weight and output pixel.</summary>
    private static long PerPixel(nn.Module module) => module.modules().Append(module).Distinct().OfType<Conv2d>().Sum(c => c.weight.numel());

    private static long Tree(DlaTree tree, long inputPixels)
    {
        var pixels = inputPixels / (tree.Stride * tree.Stride);
        if (tree is { Tree1: DlaTree first, Tree2: DlaTree second }) return Tree(first, inputPixels) + Tree(second, pixels);
        return Block((ResidualBlock)tree.Tree1, inputPixels, pixels) + PerPixel(tree.Tree2) * pixels + PerPixel(tree.Root!) * pixels
            + (tree.Project is { } project ? PerPixel(project) * pixels : 0);
    }

    /// <summary>A bottleneck's first 1×1 convolution still sees the input's size; the 3×3 ones have the stride.</summary>
    private static long Block(ResidualBlock block, long inputPixels, long pixels) =>
        block.named_children().Sum(c => PerPixel(c.module) * (block is not BasicBlock && c.name == "conv1" ? inputPixels : pixels));
}
