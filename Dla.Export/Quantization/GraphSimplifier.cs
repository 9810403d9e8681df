using Dla.Export.Onnx;
using Google.Protobuf.Collections;
using static Dla.Export.Onnx.OnnxGraph;

namespace Dla.Export;

/// <summary>Brings another exporter's graph into the form that is quantized: weights as initializers, batch norms folded, no nodes that do nothing.</summary>
internal static class GraphSimplifier
{
    /// <summary>Rewrites the graph in place; it computes the same. Takes time in proportion to its size.</summary>
    public static void Run(GraphProto graph)
    {
        ConstantsToInitializers(graph);
        DropIdle(graph);
        BatchNormFolding.Run(graph);
        HeadToGemm(graph);
        RemoveUnused(graph);
        NameNodes(graph);
    }

    /// <summary>Gives each node a name of its own; other exporters leave some out.</summary>
    private static void NameNodes(GraphProto graph)
    {
        var names = new HashSet<string>();
        var next = new Dictionary<string, int>();   // many nodes may have one name
        foreach (var node in graph.Node)
        {
            var name = node.Name.Length > 0 ? node.Name : $"{node.OpType}_{node.Output.FirstOrDefault()}";
            node.Name = name;
            for (var i = next.GetValueOrDefault(name, 2); !names.Add(node.Name); i++)
            {
                node.Name = $"{name}_{i}";
                next[name] = i + 1;
            }
        }
    }

    private static void ConstantsToInitializers(GraphProto graph)
    {
        var outputs = graph.Output.Select(o => o.Name).ToHashSet();
        Keep(graph.Node, node =>
        {
            if (node.OpType != "Constant" || !IsStandard(node) || node.Output.Count == 0 || outputs.Contains(node.Output[0])
                || node.Attribute.FirstOrDefault(a => a.Name == "value")?.T is not { } value) return true;
            var constant = value.Clone();
            constant.Name = node.Output[0];
            graph.Initializer.Add(constant);
            return false;
        });
    }

    /// <summary>Removes Identity nodes, and Dropout nodes, which do nothing in inference: who reads their outputs reads their inputs.</summary>
    private static void DropIdle(GraphProto graph)
    {
        var index = new OnnxGraph(graph);
        var source = new Dictionary<string, string>();
        bool IsIdle(NodeProto node) => node.OpType is "Identity" or "Dropout" && IsStandard(node) && Input(node, 0) is not null && node.Output.Count > 0
            && !index.IsOutput(node.Output[0]) && (node.OpType == "Identity"
                || (Input(node, 2) is null && (node.Output.Count == 1 || index.Consumers(node.Output[1]).Count == 0)));
        Keep(graph.Node, node => !IsIdle(node) || !source.TryAdd(node.Output[0], node.Input[0]));
        if (source.Count == 0) return;

        var ends = new Dictionary<string, string>();
        string End(string tensor)
        {
            var chain = new List<string>();   // each link is walked once: then all of the chain know its end
            while (!ends.ContainsKey(tensor) && source.TryGetValue(tensor, out var before) && chain.Count <= source.Count)
            {
                chain.Add(tensor);
                tensor = before;
            }
            var end = ends.GetValueOrDefault(tensor, tensor);
            foreach (var link in chain) ends[link] = end;
            return end;
        }
        foreach (var node in graph.Node) Rename(node, End);
    }

    /// <summary>
    /// A 1×1 convolution between global pooling and Flatten is a matrix product. As Gemm its int8 form gives float logits; as a convolution
    /// it would give 256 different ones, with ties among the best classes.
    /// </summary>
    private static void HeadToGemm(GraphProto graph)
    {
        var index = new OnnxGraph(graph);
        var names = graph.Initializer.Select(i => i.Name).ToHashSet();
        var replaced = new Dictionary<NodeProto, NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (var conv in graph.Node.Where(n => n.OpType == "Conv" && IsStandard(n)))
        {
            if (index.Producer(conv.Input[0]) is not { OpType: "GlobalAveragePool" } || Integer(conv, "group", 1) != 1
                || Integers(conv, "pads").Any(p => p != 0)) continue;
            if (index.FloatConstant(conv.Input[1], rank: 4) is not { } weight || weight.Dims[2] * weight.Dims[3] != 1) continue;
            if (index.OnlyConsumer(conv.Output[0], "Flatten") is not { } flatten || Integer(flatten, "axis", 1) != 1) continue;

            var matrix = weight.Clone();
            matrix.Name = weight.Name + "/matrix";
            matrix.Dims.Clear();
            matrix.Dims.Add([weight.Dims[0], weight.Dims[1]]);
            if (names.Add(matrix.Name)) graph.Initializer.Add(matrix);   // two heads may share their weights
            var pooled = flatten.Output[0] + "/pooled";   // by the tensor: nodes need not have names
            var gemm = new NodeProto { Name = conv.Name, OpType = "Gemm", Input = { pooled, matrix.Name }, Output = { flatten.Output[0] },
                Attribute = { OnnxGraphBuilder.Integer("transB", 1) } };
            if (Input(conv, 2) is { } bias) gemm.Input.Add(bias);
            replaced[conv] = new NodeProto { Name = flatten.Name, OpType = "Flatten", Input = { conv.Input[0] }, Output = { pooled },
                Attribute = { OnnxGraphBuilder.Integer("axis", 1) } };
            replaced[flatten] = gemm;
        }
        for (var i = 0; i < graph.Node.Count; i++)
            if (replaced.TryGetValue(graph.Node[i], out var node)) graph.Node[i] = node;
    }

    /// <summary>Removes nodes and weights that nobody reads, and annotations of tensors that are gone.</summary>
    public static void RemoveUnused(GraphProto graph)
    {
        var index = new OnnxGraph(graph);
        var readers = new Dictionary<string, int>();
        foreach (var tensor in graph.Node.SelectMany(n => Reads(n).Distinct())) readers[tensor] = readers.GetValueOrDefault(tensor) + 1;
        bool IsRead(string tensor) => index.IsOutput(tensor) || readers.GetValueOrDefault(tensor) > 0;
        var removed = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var unread = new Stack<NodeProto>(graph.Node.Where(n => !n.Output.Any(IsRead)));
        while (unread.TryPop(out var node))
        {
            if (!removed.Add(node)) continue;
            foreach (var tensor in Reads(node).Distinct())
                if (--readers[tensor] == 0 && index.Producer(tensor) is { } producer && !producer.Output.Any(IsRead)) unread.Push(producer);
        }
        Keep(graph.Node, n => !removed.Contains(n));
        var weights = graph.Initializer.Select(w => w.Name).Where(w => !IsRead(w)).ToHashSet();
        Keep(graph.Initializer, w => !weights.Contains(w.Name));
        Keep(graph.Input, i => !weights.Contains(i.Name));
        var made = graph.Node.SelectMany(n => n.Output).ToHashSet();
        Keep(graph.ValueInfo, v => made.Contains(v.Name));
    }

    /// <summary>Takes all others out: removing them one by one would move those behind each time.</summary>
    public static void Keep<T>(RepeatedField<T> items, Func<T, bool> keep)
    {
        var kept = items.Where(keep).ToList();
        if (kept.Count == items.Count) return;
        items.Clear();
        items.Add(kept);
    }

    private static void Rename(NodeProto reader, Func<string, string> to)
    {
        for (var i = 0; i < reader.Input.Count; i++) reader.Input[i] = to(reader.Input[i]);
        foreach (var branch in Branches(reader))
        {
            foreach (var inner in branch.Node) Rename(inner, to);
            foreach (var output in branch.Output) output.Name = to(output.Name);
        }
    }
}
