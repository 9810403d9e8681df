using static Dla.Export.Onnx.TensorProto.Types;

namespace Dla.Export.Onnx;

/// <summary>Who makes and who reads each tensor of a graph; stands for the graph as it was when this was made.</summary>
internal sealed class OnnxGraph
{
    private readonly Dictionary<string, NodeProto> _producers = [];
    private readonly Dictionary<string, List<NodeProto>> _consumers = [];
    private readonly Dictionary<string, TensorProto> _constants = [];
    private readonly HashSet<string> _outputs;

    public OnnxGraph(GraphProto graph)
    {
        Proto = graph;
        foreach (var constant in graph.Initializer) _constants[constant.Name] = constant;
        _outputs = [.. graph.Output.Select(o => o.Name)];
        foreach (var node in graph.Node)
        {
            foreach (var output in node.Output.Where(o => o.Length > 0)) _producers[output] = node;
            foreach (var input in Reads(node).Distinct())
            {
                if (!_consumers.TryGetValue(input, out var readers)) _consumers[input] = readers = [];
                readers.Add(node);
            }
        }
    }

    public GraphProto Proto { get; }

    /// <summary>The graph's inputs that are not weights.</summary>
    public IEnumerable<ValueInfoProto> Inputs => Proto.Input.Where(i => !_constants.ContainsKey(i.Name));

    public NodeProto? Producer(string tensor) => _producers.GetValueOrDefault(tensor);

    public IReadOnlyList<NodeProto> Consumers(string tensor) => _consumers.TryGetValue(tensor, out var readers) ? readers : [];

    public bool IsOutput(string tensor) => _outputs.Contains(tensor);

    public bool IsConstant(string tensor) => _constants.ContainsKey(tensor);

    /// <summary>Whether <paramref name="tensor"/> is read once and nowhere else, by a node of this operator.</summary>
    public NodeProto? OnlyConsumer(string tensor, string operation) =>
        !IsOutput(tensor) && Consumers(tensor) is [var only] && only.OpType == operation && IsStandard(only) ? only : null;

    /// <summary>A float32 weight of this rank (any rank for −1), or <see langword="null"/>.</summary>
    public TensorProto? FloatConstant(string tensor, int rank = -1) =>
        _constants.TryGetValue(tensor, out var value) && value.DataType == (int)DataType.Float && (rank < 0 || value.Dims.Count == rank) ? value : null;

    public TensorProto? Constant(string tensor) => _constants.GetValueOrDefault(tensor);

    /// <summary>Whether the operator is one of ONNX's own.</summary>
    public static bool IsStandard(NodeProto node) => node.Domain is "" or "ai.onnx";

    public static string? Input(NodeProto node, int index) => index < node.Input.Count && node.Input[index].Length > 0 ? node.Input[index] : null;

    public static long Integer(NodeProto node, string name, long missing) => node.Attribute.FirstOrDefault(a => a.Name == name)?.I ?? missing;

    public static float Float(NodeProto node, string name, float missing) => node.Attribute.FirstOrDefault(a => a.Name == name)?.F ?? missing;

    public static IReadOnlyList<long> Integers(NodeProto node, string name) => node.Attribute.FirstOrDefault(a => a.Name == name)?.Ints ?? [];

    /// <summary>The graphs inside a node, such as the branches of an If. Files nest them at most 100 deep, as Protocol Buffers allow.</summary>
    public static IEnumerable<GraphProto> Branches(NodeProto node) => node.Attribute.SelectMany(a => a.G is null ? a.Graphs : a.Graphs.Append(a.G));

    /// <summary>What a node and the branches inside it read.</summary>
    public static IEnumerable<string> Reads(NodeProto node) =>
        node.Input.Concat(Branches(node).SelectMany(g => g.Node.SelectMany(Reads).Concat(g.Output.Select(o => o.Name)))).Where(i => i.Length > 0);
}
