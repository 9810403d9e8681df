using Dla.Export.Onnx;
using static Dla.Export.Onnx.OnnxGraph;

namespace Dla.Export;

/// <summary>Which nodes of a graph become int8, which tensors get a scale, and which tensors share one.</summary>
/// <remarks>
/// ONNX Runtime fuses a node with the Q and DQ around it when every input comes from a DQ and the output goes to a Q. A ReLU behind such a node
/// needs none of its own: its output's zero point is 0, and quantizing clips what is below.
/// </remarks>
internal sealed class QuantizationPlan
{
    private readonly OnnxGraph _graph;
    private readonly Dictionary<NodeProto, string?> _float = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<NodeProto, string> _activation = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<NodeProto> _absorbed = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, string> _parents = [];
    private readonly Lazy<HashSet<string>> _nonNegative;

    public QuantizationPlan(OnnxGraph graph, IReadOnlyCollection<NodeProto> keptFloat, bool shareConcat)
    {
        _graph = graph;
        _nonNegative = new Lazy<HashSet<string>>(NonNegative);
        var kept = new HashSet<NodeProto>(keptFloat, ReferenceEqualityComparer.Instance);
        var integers = IntegerTensors.Of(graph);
        foreach (var node in graph.Proto.Node)
            _float[node] = kept.Contains(node) ? "kept float"
                : node.Output.Any(integers.Contains) ? "it computes on whole numbers"
                : QuantizableOperators.WhyFloat(node, graph);
        foreach (var (node, reason) in new QuantizationDemotion(graph, IsQuantized).Run()) _float[node] = reason;
        foreach (var node in graph.Proto.Node) Absorb(node);
        Tensors = [.. graph.Proto.Node.Where(IsQuantized).SelectMany(n => QuantizableOperators.Activations(n, graph).Concat(QuantizedOutputs(n))).Distinct()];
        foreach (var node in graph.Proto.Node.Where(IsQuantized)) Share(node, shareConcat);
    }

    /// <summary>The activations that are quantized, by their names in the float graph.</summary>
    public IReadOnlyList<string> Tensors { get; }

    public bool IsQuantized(NodeProto node) => _float[node] is null;

    /// <summary>Whether the node is a ReLU that the quantization of its input does.</summary>
    public bool IsAbsorbed(NodeProto node) => _absorbed.Contains(node);

    /// <summary>Why a node stays float; <see langword="null"/> for one that does not.</summary>
    public string? WhyFloat(NodeProto node) => IsAbsorbed(node) ? null : _float[node];

    /// <summary>The tensor that a quantized node's output is quantized as: that of the ReLU behind it, if there is one.</summary>
    public string Result(NodeProto node) => _activation.GetValueOrDefault(node, node.Output[0]);

    /// <summary>The tensor whose scale this one has: the same for all that share.</summary>
    public string Group(string tensor)
    {
        while (_parents.TryGetValue(tensor, out var parent))
        {
            if (_parents.TryGetValue(parent, out var next)) _parents[tensor] = next;   // so that the way is half as long the next time
            tensor = parent;
        }
        return tensor;
    }

    /// <summary>The outputs of a quantized node that get a scale: all, but not those of a matrix product that only float nodes read.</summary>
    public IEnumerable<string> QuantizedOutputs(NodeProto node)
    {
        if (QuantizableOperators.MayEndInFloat(node) && !_graph.Consumers(Result(node)).Any(IsQuantized)) return [];
        return node.Output.Count > 1 ? node.Output : [Result(node)];
    }

    private void Absorb(NodeProto node)
    {
        if (!IsQuantized(node) || !QuantizableOperators.HasOwnRange(node) || _graph.IsOutput(node.Output[0])) return;
        if (_graph.Consumers(node.Output[0]) is not [var relu] || !QuantizableOperators.IsRelu(relu, _graph)) return;
        if (QuantizableOperators.MayEndInFloat(node) && !_graph.Consumers(relu.Output[0]).Any(IsQuantized)) return;
        _activation[node] = relu.Output[0];
        _absorbed.Add(relu);
    }

    private void Share(NodeProto node, bool shareConcat)
    {
        // A ReLU is done by the zero point 0 of a range without negative values: such a range is shared only with others of that kind.
        if (QuantizableOperators.HasOwnRange(node) && (node.OpType != "Concat" || !shareConcat || !node.Input.All(_nonNegative.Value.Contains))) return;
        foreach (var input in QuantizableOperators.Activations(node, _graph))
            foreach (var output in QuantizedOutputs(node)) Join(input, output);
    }

    /// <summary>The tensors that have no negative values and no bound above that a larger shared range would lose.</summary>
    private HashSet<string> NonNegative()
    {
        var found = new HashSet<string>();
        foreach (var node in _graph.Proto.Node.Where(IsStandard))   // a graph's nodes stand in the order of their computation
        {
            var isNonNegative = node.OpType switch
            {
                "Relu" => true,
                "MaxPool" or "AveragePool" or "GlobalAveragePool" or "Flatten" or "Split" or "Transpose" => found.Contains(node.Input[0]),
                "Add" or "Concat" => node.Input.All(found.Contains),
                _ => false,
            };
            if (isNonNegative) found.UnionWith(node.Output);
        }
        return found;
    }

    private void Join(string a, string b)
    {
        var (x, y) = (Group(a), Group(b));
        if (x != y) _parents[y] = x;
    }
}
