using Dla.Export.Onnx;
using static Dla.Export.Onnx.OnnxGraph;

namespace Dla.Export;

/// <summary>Finds the nodes that would gain nothing in int8: alone among float ones, or only carrying numbers to them.</summary>
/// <remarks>
/// A node that is taken back may make others useless that read it or that it reads. Only those are looked at again, in the order of the graph, and a
/// neighbor that was found to be float is not asked again: the time is in proportion to the graph's size, whatever its shape.
/// </remarks>
internal sealed class QuantizationDemotion
{
    private readonly OnnxGraph _graph;
    private readonly HashSet<string> _reachOutput;
    private readonly HashSet<NodeProto> _quantized = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<NodeProto, string[]> _activations = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<(int Reader, string Tensor)> _reads = [];
    private readonly Dictionary<NodeProto, int> _places = new(ReferenceEqualityComparer.Instance);

    // The first neighbor that is not known to be float: of a tensor its readers, of a node its outputs and its inputs.
    private readonly Dictionary<string, int> _firstReader = [], _firstQuantizedReader = [];
    private readonly Dictionary<NodeProto, int> _firstOutput = new(ReferenceEqualityComparer.Instance), _firstInput = new(ReferenceEqualityComparer.Instance);

    /// <param name="graph">The graph.</param>
    /// <param name="isQuantized">Whether a node can be quantized, for all that is known before.</param>
    public QuantizationDemotion(OnnxGraph graph, Func<NodeProto, bool> isQuantized)
    {
        _graph = graph;
        _reachOutput = ReachOutput(graph);
        foreach (var node in graph.Proto.Node)
        {
            var place = _places[node] = _places.Count;
            if (isQuantized(node)) _quantized.Add(node);
            foreach (var tensor in _activations[node] = [.. QuantizableOperators.Activations(node, graph)]) _reads.Add((place, tensor));
        }
    }

    /// <summary>The nodes to be taken back, with the reason.</summary>
    public IEnumerable<(NodeProto Node, string Reason)> Run()
    {
        var nodes = _graph.Proto.Node;
        var candidates = new SortedSet<int>(Enumerable.Range(0, nodes.Count));
        while (candidates.Count > 0)
        {
            var node = nodes[candidates.Min];
            candidates.Remove(candidates.Min);
            if (!_quantized.Contains(node) || QuantizableOperators.HasWeights(node) || WhyDemoted(node) is not { } reason) continue;
            _quantized.Remove(node);
            foreach (var neighbor in Neighbors(node)) candidates.Add(_places[neighbor]);
            yield return (node, reason);
        }
    }

    private string? WhyDemoted(NodeProto node)
    {
        var isRead = AnyStill(_firstOutput, node, node.Output, IsReadAsInt8);
        return node.OpType switch
        {
            "GlobalAveragePool" or "Flatten" or "Reshape" or "Squeeze" or "Unsqueeze" when !isRead => "only float nodes read it",
            "GlobalAveragePool" when _reachOutput.Contains(node.Output[0]) => "its averages are an output, finer than 8 bits",
            _ when !isRead && !AnyStill(_firstInput, node, _activations[node], IsMadeAsInt8) => "all nodes around it are float",
            _ => null,
        };
    }

    private bool IsReadAsInt8(string tensor) => AnyStill(_firstReader, tensor, _graph.Consumers(tensor), reader =>
        (_quantized.Contains(reader) && _reads.Contains((_places[reader], tensor))) || (IsRelu(reader) && reader.Output.Any(IsReadByQuantized)));

    private bool IsReadByQuantized(string tensor) => AnyStill(_firstQuantizedReader, tensor, _graph.Consumers(tensor), _quantized.Contains);

    private bool IsMadeAsInt8(string tensor) => _graph.Producer(tensor) is { } producer && (_quantized.Contains(producer)
        || (IsRelu(producer) && Input(producer, 0) is { } input && _graph.Producer(input) is { } before && _quantized.Contains(before)));

    /// <summary>Whether a condition holds for any item; an item for which it does not hold is one for which it never will again.</summary>
    private static bool AnyStill<TKey, TItem>(Dictionary<TKey, int> first, TKey key, IReadOnlyList<TItem> items, Predicate<TItem> holds) where TKey : notnull
    {
        var i = first.GetValueOrDefault(key);
        while (i < items.Count && !holds(items[i])) i++;
        first[key] = i;
        return i < items.Count;
    }

    /// <summary>The nodes that read a node or that it reads, also through a ReLU.</summary>
    private IEnumerable<NodeProto> Neighbors(NodeProto node)
    {
        foreach (var producer in node.Input.Select(_graph.Producer).OfType<NodeProto>())
        {
            yield return producer;
            if (IsRelu(producer) && Input(producer, 0) is { } input && _graph.Producer(input) is { } before) yield return before;
        }
        foreach (var reader in node.Output.SelectMany(_graph.Consumers))
        {
            yield return reader;
            if (!IsRelu(reader)) continue;
            foreach (var behind in reader.Output.SelectMany(_graph.Consumers)) yield return behind;
        }
    }

    private static bool IsRelu(NodeProto node) => node.OpType is "Relu" or "Clip";

    /// <summary>The tensors that become an output of the graph through nodes that only change the shape.</summary>
    private static HashSet<string> ReachOutput(OnnxGraph graph)
    {
        var found = graph.Proto.Output.Select(o => o.Name).ToHashSet();
        var open = new Stack<string>(found);
        while (open.TryPop(out var tensor))
        {
            if (graph.Producer(tensor) is not { OpType: "Flatten" or "Reshape" or "Squeeze" or "Identity" } node || !IsStandard(node)
                || node.Output[0] != tensor) continue;
            foreach (var input in node.Input.Where(found.Add)) open.Push(input);
        }
        return found;
    }
}
