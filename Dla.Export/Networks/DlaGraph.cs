using Dla.Export.Onnx;
using Dla.Models;
using TorchSharp.Modules;
using static Dla.Export.Onnx.OnnxGraphBuilder;

namespace Dla.Export;

/// <summary>Writes a network's modules as ONNX nodes, each batch norm folded into the convolution before it.</summary>
internal sealed class DlaGraph(OnnxGraphBuilder graph)
{
    /// <summary>The feature levels: from normalised pixels to level 5.</summary>
    public OnnxValue Features(DlaNetwork network, OnnxValue pixels)
    {
        var x = Layers(network.Stem, pixels, "/base_layer");
        x = Layers(network.Level0, x, "/level0");
        x = Layers(network.Level1, x, "/level1");
        x = Tree(network.Level2, x, [], "/level2");
        x = Tree(network.Level3, x, [], "/level3");
        x = Tree(network.Level4, x, [], "/level4");
        return Tree(network.Level5, x, [], "/level5");
    }

    /// <summary>The mean over the plane, [N, F, 1, 1].</summary>
    public OnnxValue Pool(OnnxValue features) =>
        graph.Node("GlobalAveragePool", "/global_pool", [features.Name], features with { Halvings = OnePixel });

    /// <summary>The 1×1 convolution that is the head, [N, C, 1, 1].</summary>
    public OnnxValue Head(Conv2d head, OnnxValue pooled) => Conv(head, norm: null, pooled, "/fc");

    public OnnxValue Flatten(OnnxValue value, string path, string? output) =>
        graph.Node("Flatten", path, [value.Name], value with { Halvings = null }, output, Integer("axis", 1));

    private OnnxValue Layers(Sequential layers, OnnxValue x, string path)
    {
        var children = layers.named_children().ToList();
        for (var i = 0; i < children.Count; i++)
        {
            x = children[i].module switch
            {
                Conv2d conv when i + 1 < children.Count && children[i + 1].module is BatchNorm2d norm => Conv(conv, norm, x, $"{path}/{children[i++].name}"),
                ReLU => Relu(x, $"{path}/{children[i].name}"),
                var other => throw new NotSupportedException(
                    $"'{path}/{children[i].name}' is a {other.GetType().Name}, which has no ONNX mapping. Add a case to {nameof(DlaGraph)}.{nameof(Layers)}."),
            };
        }
        return x;
    }

    private OnnxValue Tree(DlaTree tree, OnnxValue x, IReadOnlyList<OnnxValue> children, string path)
    {
        if (tree is { Tree1: DlaTree first, Tree2: DlaTree second })
        {
            if (tree.LevelRoot) children = [.. children, Bottom(tree, x, path)];
            var y = Tree(first, x, [], path + "/tree1");
            return Tree(second, y, [.. children, y], path + "/tree2");
        }
        var bottom = Bottom(tree, x, path);
        if (tree.LevelRoot) children = [.. children, bottom];
        var x1 = Block((ResidualBlock)tree.Tree1, x, tree.Project is { } project ? Layers(project, bottom, path + "/project") : bottom, path + "/tree1");
        var x2 = Block((ResidualBlock)tree.Tree2, x1, x1, path + "/tree2");
        return Root(tree.Root!, [x2, x1, .. children], path + "/root");
    }

    private OnnxValue Bottom(DlaTree tree, OnnxValue x, string path) => tree.Stride == 1 ? x : graph.Node("MaxPool", path + "/downsample", [x.Name],
        x with { Halvings = x.Halvings + 1 }, null, Integers("kernel_shape", 2, 2), Integers("strides", 2, 2));

    private OnnxValue Root(DlaRoot root, IReadOnlyList<OnnxValue> children, string path)
    {
        var joined = children[0] with { Channels = children.Sum(c => c.Channels) };
        joined = graph.Node("Concat", path + "/concat", children.Select(c => c.Name), joined, null, Integer("axis", 1));
        var x = Conv(root.Conv, root.Norm, joined, path + "/conv");
        if (root.Residual) x = Add(x, children[0], path + "/add");
        return Relu(x, path + "/relu");
    }

    private OnnxValue Block(ResidualBlock block, OnnxValue x, OnnxValue shortcut, string path)
    {
        x = block switch
        {
            BasicBlock b => Conv(b.Conv2, b.Norm2, Relu(Conv(b.Conv1, b.Norm1, x, path + "/conv1"), path + "/relu1"), path + "/conv2"),
            Bottleneck b => Conv(b.Conv3, b.Norm3, Middle(b, x, path), path + "/conv3"),
            Bottle2neck b => Conv(b.Conv3, b.Norm3, Splits(b, x, path), path + "/conv3"),
            _ => throw new NotSupportedException($"'{path}' is a {block.GetType().Name}, " +
                $"which has no ONNX mapping. Add a case to {nameof(DlaGraph)}.{nameof(Block)}."),
        };
        return Relu(Add(x, shortcut, path + "/add"), path + "/relu");
    }

    private OnnxValue Middle(Bottleneck block, OnnxValue x, string path)
    {
        x = Relu(Conv(block.Conv1, block.Norm1, x, path + "/conv1"), path + "/relu1");
        return Relu(Conv(block.Conv2, block.Norm2, x, path + "/conv2"), path + "/relu2");
    }

    private OnnxValue Splits(Bottle2neck block, OnnxValue x, string path)
    {
        x = Relu(Conv(block.Conv1, block.Norm1, x, path + "/conv1"), path + "/relu1");
        var splits = graph.Split(path + "/split", x, Bottle2neck.Scale);
        var outputs = new OnnxValue[Bottle2neck.Scale];
        for (var i = 0; i < outputs.Length - 1; i++)
        {
            var y = i == 0 || block.Stride > 1 ? splits[i] : Add(outputs[i - 1], splits[i], $"{path}/add{i}");
            outputs[i] = Relu(Conv(block.Convs[i], block.Norms[i], y, $"{path}/convs/{i}"), $"{path}/relus/{i}");
        }
        outputs[^1] = block.Stride == 1 ? splits[^1] : graph.Node("AveragePool", path + "/pool", [splits[^1].Name],
            splits[^1] with { Halvings = splits[^1].Halvings + 1 },
            null, Integers("kernel_shape", 3, 3), Integers("strides", block.Stride, block.Stride), Integers("pads", 1, 1, 1, 1),
                Integer("count_include_pad", 1));
        var joined = outputs[0] with { Channels = outputs.Sum(o => o.Channels) };
        return graph.Node("Concat", path + "/concat", outputs.Select(o => o.Name), joined, null, Integer("axis", 1));
    }

    private OnnxValue Add(OnnxValue a, OnnxValue b, string path) => graph.Node("Add", path, [a.Name, b.Name], a);

    private OnnxValue Relu(OnnxValue x, string path) => graph.Node("Relu", path, [x.Name], x);

    private OnnxValue Conv(Conv2d conv, BatchNorm2d? norm, OnnxValue x, string path)
    {
        var key = path.TrimStart('/').Replace('/', '.');
        var folded = FoldedConvolution.Of(conv, norm);
        var weight = graph.Weight(key + ".weight", folded.Weight, folded.Shape);
        var bias = graph.Weight(key + ".bias", folded.Bias, folded.Bias.Length);
        var (kernel, stride, padding) = (conv.kernel_size, conv.stride, conv.padding!);
        var halvings = x.Halvings is OnePixel ? OnePixel : x.Halvings + (stride[0] == 2 ? 1 : 0);
        return graph.Node("Conv", path, [x.Name, weight, bias], x with { Channels = folded.Shape[0], Halvings = halvings }, null,
            Integers("kernel_shape", kernel[0], kernel[1]), Integers("strides", stride[0], stride[1]),
            Integers("pads", padding[0], padding[1], padding[0], padding[1]), Integer("group", conv.groups));
    }
}
