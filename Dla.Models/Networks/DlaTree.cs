using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dla.Models;

/// <summary>Hierarchical deep aggregation (figure 3 of the paper): two subtrees, or two blocks and the node that aggregates them.</summary>
internal sealed class DlaTree : nn.Module<Tensor, Tensor[], Tensor>
{
    /// <summary>A <see cref="DlaTree"/> or, at the lowest level, a <see cref="ResidualBlock"/>.</summary>
    [ComponentName(Name = "tree1")] internal readonly nn.Module Tree1;
    [ComponentName(Name = "tree2")] internal readonly nn.Module Tree2;

    /// <summary>At the lowest level where the channel count changes: 1×1 convolution and norm.</summary>
    [ComponentName(Name = "project")] internal readonly Sequential? Project;
    [ComponentName(Name = "root")] internal readonly DlaRoot? Root;

    /// <param name="layers">Makes the layers.</param>
    /// <param name="variant">The block and its numbers.</param>
    /// <param name="levels">Depth of this tree.</param>
    /// <param name="input">Channels in.</param>
    /// <param name="output">Channels out.</param>
    /// <param name="stride">2 at the head of a stage, else 1.</param>
    /// <param name="levelRoot">Whether this tree's own (downsampled) input is aggregated too.</param>
    /// <param name="inherited">Channels that outer trees hand down to the aggregating node.</param>
    public DlaTree(DlaLayers layers, DlaVariant variant, int levels, int input, int output, int stride = 1, bool levelRoot = false, int inherited = 0)
        : base(nameof(DlaTree))
    {
        Stride = stride;
        LevelRoot = levelRoot;
        if (levelRoot) inherited += input;
        if (levels == 1)
        {
            Tree1 = ResidualBlock.Create(layers, variant, input, output, stride);
            Tree2 = ResidualBlock.Create(layers, variant, output, output, stride: 1);
            if (input != output) Project = nn.Sequential(layers.Conv(input, output, kernel: 1), layers.Norm(output));
            Root = new DlaRoot(layers, 2 * output + inherited, output, variant.ResidualRoot);
        }
        else
        {
            Tree1 = new DlaTree(layers, variant, levels - 1, input, output, stride);
            Tree2 = new DlaTree(layers, variant, levels - 1, output, output, inherited: inherited + output);
        }
        RegisterComponents();
    }

    internal int Stride { get; }

    internal bool LevelRoot { get; }

    /// <param name="input">[N, C, H, W].</param>
    /// <param name="children">What outer trees hand down to be aggregated, nearest last: each [N, ·, H / stride, W / stride].</param>
    /// <returns>[N, C', H / stride, W / stride].</returns>
    public override Tensor forward(Tensor input, Tensor[] children)
    {
        using var scope = NewDisposeScope();
        Tensor Bottom() => Stride == 1 ? input : nn.functional.max_pool2d(input, Stride, Stride);
        if (Root is null)
        {
            if (LevelRoot) children = [.. children, Bottom()];
            var first = ((DlaTree)Tree1).call(input, []);
            return ((DlaTree)Tree2).call(first, [.. children, first]).MoveToOuterDisposeScope();
        }
        var bottom = Bottom();
        if (LevelRoot) children = [.. children, bottom];
        var x1 = ((ResidualBlock)Tree1).call(input, Project is null ? bottom : Project.Run(bottom));
        var x2 = ((ResidualBlock)Tree2).call(x1, x1);
        return Root.call([x2, x1, .. children]).MoveToOuterDisposeScope();
    }
}
