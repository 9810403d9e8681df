using Dla.Export.Onnx;

namespace Dla.Export;

/// <summary>Finds the nodes that names such as <c>first</c>, <c>/level2</c> or <c>/fc</c> mean.</summary>
internal static class KeptLayers
{
    /// <exception cref="ArgumentException">A name means no node; the message has near ones.</exception>
    public static List<NodeProto> Find(GraphProto graph, IReadOnlyList<string> names)
    {
        var layers = graph.Node.Where(QuantizableOperators.HasWeights).ToList();
        var kept = new List<NodeProto>();
        foreach (var name in names)
        {
            var found = name switch
            {
                "first" => layers.Take(1),
                "last" => layers.TakeLast(1),
                _ => graph.Node.Where(n => n.Name == name || n.Name.StartsWith(name.TrimEnd('/') + "/", StringComparison.Ordinal)),
            };
            var count = kept.Count;
            kept.AddRange(found);
            if (kept.Count == count)
                throw new ArgumentException($"No node is named '{name}' or '{name}/…'. Use first, last, " +
                    $"or names such as {string.Join(", ", layers.Take(3).Select(l => $"'{l.Name}'"))}.");
        }
        return kept;
    }
}
