using Dla.Export.Onnx;
using static Dla.Export.Onnx.OnnxGraph;

namespace Dla.Export;

/// <summary>Brings another exporter's graph into the form that is quantized: weights as initializers, batch norms folded, no nodes that do nothing.</summary>
internal static class GraphSimplifier
{
    /// <summary>Rewrites the graph in place; it computes the same.</summary>
    public static void Run(GraphProto graph)
    {
        ConstantsToInitializers(graph);
        while (DropOne(graph)) { }
        BatchNormFolding.Run(graph);
        HeadToGemm(graph);
        RemoveUnused(graph);
        NameNodes(graph);
    }

    /// <summary>Gives each node a name of its own; other exporters leave some out.</summary>
    private static void NameNodes(GraphProto graph)
    {
        var names = new HashSet<string>();
        foreach (var node in graph.Node)
        {
            var name = node.Name.Length > 0 ? node.Name : $"{node.OpType}_{node.Output[0]}";
            node.Name = name;
            for (var i = 2; !names.Add(node.Name); i++) node.Name = $"{name}_{i}";
        }
    }

    private static void ConstantsToInitializers(GraphProto graph)
    {
        foreach (var node in graph.Node.Where(n => n.OpType == "Constant" && IsStandard(n)).ToList())
        {
            if (node.Attribute.FirstOrDefault(a => a.Name == "value")?.T is not { } value || graph.Output.Any(o => o.Name == node.Output[0])) continue;
            var constant = value.Clone();
            constant.Name = node.Output[0];
            graph.Initializer.Add(constant);
            graph.Node.Remove(node);
        }
    }

    /// <summary>Removes an Identity, or a Dropout, which does nothing in inference.</summary>
    private static bool DropOne(GraphProto graph)
    {
        var index = new OnnxGraph(graph);
        foreach (var node in graph.Node)
        {
            if (node.OpType is not ("Identity" or "Dropout") || !IsStandard(node) || index.IsOutput(node.Output[0])) continue;
            if (node.OpType == "Dropout" && (Input(node, 2) is not null || (node.Output.Count > 1 && index.Consumers(node.Output[1]).Count > 0))) continue;
            graph.Node.Remove(node);
            foreach (var reader in index.Consumers(node.Output[0])) Rename(reader, node.Output[0], node.Input[0]);
            return true;
        }
        return false;
    }

    /// <summary>
    /// A 1×1 convolution between global pooling and Flatten is a matrix product. As Gemm its int8 form gives float logits; as a convolution
    /// it would give 256 different ones, with ties among the best classes.
    /// </summary>
    private static void HeadToGemm(GraphProto graph)
    {
        var index = new OnnxGraph(graph);
        foreach (var conv in graph.Node.Where(n => n.OpType == "Conv" && IsStandard(n)).ToList())
        {
            if (index.Producer(conv.Input[0]) is not { OpType: "GlobalAveragePool" } || Integer(conv, "group", 1) != 1
                || Integers(conv, "pads").Any(p => p != 0)) continue;
            if (index.FloatConstant(conv.Input[1], rank: 4) is not { } weight || weight.Dims[2] * weight.Dims[3] != 1) continue;
            if (index.OnlyConsumer(conv.Output[0], "Flatten") is not { } flatten || Integer(flatten, "axis", 1) != 1) continue;

            var matrix = weight.Clone();
            matrix.Name = weight.Name + "/matrix";
            matrix.Dims.Clear();
            matrix.Dims.Add([weight.Dims[0], weight.Dims[1]]);
            if (graph.Initializer.All(i => i.Name != matrix.Name)) graph.Initializer.Add(matrix);   // two heads may share their weights
            var pooled = flatten.Output[0] + "/pooled";   // by the tensor: nodes need not have names
            var gemm = new NodeProto { Name = conv.Name, OpType = "Gemm", Input = { pooled, matrix.Name }, Output = { flatten.Output[0] },
                Attribute = { OnnxGraphBuilder.Integer("transB", 1) } };
            if (Input(conv, 2) is { } bias) gemm.Input.Add(bias);
            var first = new NodeProto { Name = flatten.Name, OpType = "Flatten", Input = { conv.Input[0] }, Output = { pooled },
                Attribute = { OnnxGraphBuilder.Integer("axis", 1) } };
            graph.Node[graph.Node.IndexOf(conv)] = first;
            graph.Node[graph.Node.IndexOf(flatten)] = gemm;
        }
    }

    /// <summary>Removes nodes and weights that nobody reads, and annotations of tensors that are gone.</summary>
    public static void RemoveUnused(GraphProto graph)
    {
        var index = new OnnxGraph(graph);
        while (graph.Node.FirstOrDefault(n => n.Output.All(o => !index.IsOutput(o) && index.Consumers(o).Count == 0)) is { } unread)
        {
            graph.Node.Remove(unread);
            index = new OnnxGraph(graph);
        }
        foreach (var weight in graph.Initializer.Where(w => index.Consumers(w.Name).Count == 0 && !index.IsOutput(w.Name)).ToList())
        {
            graph.Initializer.Remove(weight);
            if (graph.Input.FirstOrDefault(i => i.Name == weight.Name) is { } input) graph.Input.Remove(input);
        }
        foreach (var annotation in graph.ValueInfo.Where(v => index.Producer(v.Name) is null).ToList()) graph.ValueInfo.Remove(annotation);
    }

    private static void Rename(NodeProto reader, string from, string to)
    {
        for (var i = 0; i < reader.Input.Count; i++)
            if (reader.Input[i] == from) reader.Input[i] = to;
        foreach (var inner in reader.Attribute.SelectMany(a => a.G is null ? a.Graphs : a.Graphs.Append(a.G)).SelectMany(g => g.Node)) Rename(inner, from, to);
    }
}
