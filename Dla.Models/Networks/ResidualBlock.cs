using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Dla.Models;

/// <summary>A leaf of the tree: (input, shortcut) → features, with the shortcut added before the last ReLU.</summary>
internal abstract class ResidualBlock(string name) : nn.Module<Tensor, Tensor, Tensor>(name)
{
    private const int Expansion = 2;

    public static ResidualBlock Create(DlaLayers layers, DlaVariant variant, int input, int output, int stride)
    {
        var middle = (int)Math.Floor(output * (variant.BaseWidth / 64.0)) * variant.Cardinality / Expansion;
        if (variant.Block is DlaBlock.Bottleneck or DlaBlock.Bottle2neck && (middle < 1 || middle % variant.Cardinality != 0))
            throw new ArgumentException($"'{variant.Name}' gives a block of {output} channels {middle} in its middle, " +
                $"which its {variant.Cardinality} groups cannot share out. Choose other channels, cardinality or base width.", nameof(variant));
        return variant.Block switch
        {
            DlaBlock.Basic => new BasicBlock(layers, input, output, stride),
            DlaBlock.Bottleneck => new Bottleneck(layers, input, middle, output, stride, variant.Cardinality),
            DlaBlock.Bottle2neck => new Bottle2neck(layers, input, middle, output, stride, variant.Cardinality),
            _ => throw new ArgumentException($"'{variant.Name}' asks for block {variant.Block}, which is not a {nameof(DlaBlock)}.", nameof(variant)),
        };
    }
}

/// <summary>Two 3×3 convolutions.</summary>
internal sealed class BasicBlock : ResidualBlock
{
    [ComponentName(Name = "conv1")] internal readonly Conv2d Conv1;
    [ComponentName(Name = "bn1")] internal readonly BatchNorm2d Norm1;
    [ComponentName(Name = "conv2")] internal readonly Conv2d Conv2;
    [ComponentName(Name = "bn2")] internal readonly BatchNorm2d Norm2;

    public BasicBlock(DlaLayers layers, int input, int output, int stride) : base(nameof(BasicBlock))
    {
        (Conv1, Norm1) = (layers.Conv(input, output, kernel: 3, stride), layers.Norm(output));
        (Conv2, Norm2) = (layers.Conv(output, output, kernel: 3), layers.Norm(output));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input, Tensor shortcut)
    {
        using var scope = NewDisposeScope();
        var x = Norm1.Normalise(Conv1.Convolve(input)).relu_();
        x = Norm2.Normalise(Conv2.Convolve(x));
        return x.AddInPlace(shortcut).relu_().MoveToOuterDisposeScope();
    }
}

/// <summary>1×1, (grouped) 3×3, 1×1.</summary>
internal sealed class Bottleneck : ResidualBlock
{
    [ComponentName(Name = "conv1")] internal readonly Conv2d Conv1;
    [ComponentName(Name = "bn1")] internal readonly BatchNorm2d Norm1;
    [ComponentName(Name = "conv2")] internal readonly Conv2d Conv2;
    [ComponentName(Name = "bn2")] internal readonly BatchNorm2d Norm2;
    [ComponentName(Name = "conv3")] internal readonly Conv2d Conv3;
    [ComponentName(Name = "bn3")] internal readonly BatchNorm2d Norm3;

    public Bottleneck(DlaLayers layers, int input, int middle, int output, int stride, int cardinality) : base(nameof(Bottleneck))
    {
        (Conv1, Norm1) = (layers.Conv(input, middle, kernel: 1), layers.Norm(middle));
        (Conv2, Norm2) = (layers.Conv(middle, middle, kernel: 3, stride, cardinality), layers.Norm(middle));
        (Conv3, Norm3) = (layers.Conv(middle, output, kernel: 1), layers.Norm(output));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input, Tensor shortcut)
    {
        using var scope = NewDisposeScope();
        var x = Norm1.Normalise(Conv1.Convolve(input)).relu_();
        x = Norm2.Normalise(Conv2.Convolve(x)).relu_();
        x = Norm3.Normalise(Conv3.Convolve(x));
        return x.AddInPlace(shortcut).relu_().MoveToOuterDisposeScope();
    }
}

/// <summary>Res2Net: the middle is split in four; three splits pass through 3×3 convolutions, at stride 1 each adding the one before.</summary>
internal sealed class Bottle2neck : ResidualBlock
{
    internal const int Scale = 4;

    [ComponentName(Name = "conv1")] internal readonly Conv2d Conv1;
    [ComponentName(Name = "bn1")] internal readonly BatchNorm2d Norm1;
    [ComponentName(Name = "convs")] internal readonly ModuleList<Conv2d> Convs;
    [ComponentName(Name = "bns")] internal readonly ModuleList<BatchNorm2d> Norms;
    [ComponentName(Name = "conv3")] internal readonly Conv2d Conv3;
    [ComponentName(Name = "bn3")] internal readonly BatchNorm2d Norm3;

    public Bottle2neck(DlaLayers layers, int input, int middle, int output, int stride, int cardinality) : base(nameof(Bottle2neck))
    {
        (Width, Stride) = (middle, stride);
        (Conv1, Norm1) = (layers.Conv(input, middle * Scale, kernel: 1), layers.Norm(middle * Scale));
        Convs = nn.ModuleList(Enumerable.Range(0, Scale - 1).Select(_ => layers.Conv(middle, middle, kernel: 3, stride, cardinality)).ToArray());
        Norms = nn.ModuleList(Enumerable.Range(0, Scale - 1).Select(_ => layers.Norm(middle)).ToArray());
        (Conv3, Norm3) = (layers.Conv(middle * Scale, output, kernel: 1), layers.Norm(output));
        RegisterComponents();
    }

    /// <summary>Channels of one split.</summary>
    internal int Width { get; }

    internal int Stride { get; }

    public override Tensor forward(Tensor input, Tensor shortcut)
    {
        using var scope = NewDisposeScope();
        var splits = Norm1.Normalise(Conv1.Convolve(input)).relu_().split(Width, dim: 1);   // [N, 4w, H, W] -> 4 × [N, w, H, W]
        var outputs = new Tensor[Scale];
        for (var i = 0; i < Scale - 1; i++)
        {
            var x = i == 0 || Stride > 1 ? splits[i] : outputs[i - 1].Plus(splits[i]);
            outputs[i] = Norms[i].Normalise(Convs[i].Convolve(x)).relu_();
        }
        outputs[^1] = Stride > 1 ? avg_pool2d(splits[^1], 3, Stride, padding: 1) : splits[^1];
        var y = Norm3.Normalise(Conv3.Convolve(cat(outputs, dim: 1)));
        return y.AddInPlace(shortcut).relu_().MoveToOuterDisposeScope();
    }
}
