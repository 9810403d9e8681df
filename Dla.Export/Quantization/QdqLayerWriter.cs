using Dla.Export.Onnx;

namespace Dla.Export;

/// <summary>Writes single nodes in their int8 form: with activations from DQ nodes, int8 weights and int32 biases.</summary>
internal sealed class QdqLayerWriter(QuantizationPlan plan, QuantizedLayers layers,
    IReadOnlyDictionary<string, ActivationRange> ranges, IReadOnlyDictionary<string, ActivationStatistics> statistics)
{
    /// <summary>Channels that int8 kernels multiply together.</summary>
    private const int Together = 4;

    /// <summary>The nodes and weights written so far.</summary>
    public QdqGraph Graph { get; } = new();

    public bool HasScale(string tensor) => ranges.ContainsKey(plan.Group(tensor));

    /// <summary>The scale of a tensor: that of its group.</summary>
    public ActivationRange Range(string tensor) => ranges[plan.Group(tensor)];

    /// <summary>Adds a quantized node.</summary>
    /// <param name="node">The float node.</param>
    /// <param name="name">The new node's name.</param>
    /// <param name="read">The dequantized tensor that stands for an activation.</param>
    /// <param name="written">The name of a result, before it is quantized.</param>
    public void Add(NodeProto node, string name, Func<string, string> read, Func<string, string> written)
    {
        var copy = node.Clone();
        copy.Name = name;
        for (var i = 0; i < copy.Input.Count; i++) copy.Input[i] = HasScale(copy.Input[i]) ? read(copy.Input[i]) : copy.Input[i];
        for (var i = 0; i < copy.Output.Count; i++) copy.Output[i] = written(copy.Output.Count == 1 ? plan.Result(node) : copy.Output[i]);
        if (QuantizableOperators.HasWeights(node)) Quantize(node, copy);
        Graph.Nodes.Add(copy);
    }

    private void Quantize(NodeProto node, NodeProto copy)
    {
        var (weights, isOwn, quantizedBias) = layers.Of(node, Range(node.Input[0]).Scale, statistics[node.Input[0]].ChannelMeans);
        var name = node.Input[1] + (weights.Axis == 0 ? "" : "/by_column") + (isOwn ? "/of/" + node.Name : "");
        if (HasFewChannels(node, weights))
        {
            var columns = (int)weights.Shape[3];
            var shifts = Enumerable.Range(columns, Together).First(n => n * weights.Shape[1] % Together == 0);
            var pads = OnnxGraph.Integers(node, "pads") is [_, var left, _, var right] ? (left, right) : (0, 0);
            copy.Input[0] = Graph.ShiftedColumns(node.Input[0], copy.Name + "/columns", Range(node.Input[0]), columns, shifts, pads);
            (name, weights) = (name + "/shifted", weights.ForShiftedColumns(shifts));
            Shape(copy, "kernel_shape", k => [k[0], 1]);
            Shape(copy, "pads", p => [p[0], 0, p[2], 0]);
        }
        copy.Input[1] = Graph.Weights(name, weights);
        if (quantizedBias is not var (values, scales)) return;
        var bias = Graph.Bias(node.Name + "/bias", values, scales);
        if (copy.Input.Count > 2) copy.Input[2] = bias;
        else copy.Input.Add(bias);
    }

    /// <summary>Whether a convolution's window is more than a column wide over one to three channels, as that of an image is.</summary>
    private static bool HasFewChannels(NodeProto node, QuantizedWeights weights) =>
        node.OpType == "Conv" && weights.Shape is [_, < Together, _, > 1] && OnnxGraph.Integer(node, "group", 1) == 1
        && OnnxGraph.Integers(node, "dilations").All(d => d == 1) && !node.Attribute.Any(a => a.Name == "auto_pad" && a.S.ToStringUtf8() != "NOTSET");

    private static void Shape(NodeProto node, string name, Func<IReadOnlyList<long>, long[]> change)
    {
        if (node.Attribute.FirstOrDefault(a => a.Name == name) is not { } attribute) return;
        var values = change([.. attribute.Ints]);
        attribute.Ints.Clear();
        attribute.Ints.Add(values);
    }
}
