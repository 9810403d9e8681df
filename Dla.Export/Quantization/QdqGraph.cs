using Dla.Export.Onnx;
using static Dla.Export.Onnx.OnnxGraphBuilder;

namespace Dla.Export;

/// <summary>Collects the nodes and weights of a graph with QuantizeLinear and DequantizeLinear (Q and DQ) nodes.</summary>
internal sealed class QdqGraph
{
    private readonly Dictionary<ActivationRange, (string Scale, string ZeroPoint)> _scales = [];
    private readonly HashSet<string> _constants = [];

    public List<NodeProto> Nodes { get; } = [];

    public List<TensorProto> Initializers { get; } = [];

    /// <summary>Adds Q and DQ behind a tensor.</summary>
    /// <param name="source">The tensor to quantize.</param>
    /// <param name="name">What the pair is named after.</param>
    /// <param name="range">Its scale; equal scales are stored once.</param>
    /// <param name="output">The name of the DQ's output.</param>
    public void QuantizeAndBack(string source, string name, ActivationRange range, string output)
    {
        if (!_scales.TryGetValue(range, out var parameters))
        {
            _scales[range] = parameters = ($"{name}/scale", $"{name}/zero_point");
            Initializers.Add(OnnxTensors.Scalar(parameters.Scale, range.Scale));
            Initializers.Add(OnnxTensors.Scalar(parameters.ZeroPoint, range.ZeroPoint));
        }
        Nodes.Add(Node("QuantizeLinear", name + "/quantize", [source, parameters.Scale, parameters.ZeroPoint], name + "/quantized"));
        Nodes.Add(Node("DequantizeLinear", name + "/dequantize", [name + "/quantized", parameters.Scale, parameters.ZeroPoint], output));
    }

    /// <summary>Adds int8 weights and the DQ that reads them; returns the DQ's output.</summary>
    public string Weights(string name, QuantizedWeights weights)
    {
        var output = name + "/dequantized";
        if (!_constants.Add(name)) return output;   // read by several nodes
        Initializers.Add(OnnxTensors.Create(name + "/quantized", weights.Values, weights.Shape));
        Initializers.Add(OnnxTensors.Create(name + "/scale", weights.Scales, weights.Scales.Length));
        Initializers.Add(OnnxTensors.Create(name + "/zero_point", new sbyte[weights.Scales.Length], weights.Scales.Length));
        return PerChannel(name, weights.Axis);
    }

    /// <summary>Adds an int32 bias and the DQ that reads it; returns the DQ's output.</summary>
    public string Bias(string name, int[] values, float[] scales)
    {
        Initializers.Add(OnnxTensors.Create(name + "/quantized", values, values.Length));
        Initializers.Add(OnnxTensors.Create(name + "/scale", scales, scales.Length));
        Initializers.Add(OnnxTensors.Create(name + "/zero_point", new int[values.Length], values.Length));
        return PerChannel(name, axis: 0);
    }

    /// <summary>
    /// Lays a quantized tensor [N, C, H, W] beside itself, shifted by 0, 1, 2… columns: [N, shifts · C, H, W − columns + 1]. A convolution of an RGB image
    /// spends more time on gathering three bytes at a time than on multiplying; over this it takes whole rows of its window at once.
    /// </summary>
    /// <param name="tensor">The tensor, quantized before.</param>
    /// <param name="name">What the nodes are named after.</param>
    /// <param name="range">The tensor's scale.</param>
    /// <param name="columns">Width of the window.</param>
    /// <param name="shifts">Copies, not fewer than columns: those beyond have weights of 0.</param>
    /// <param name="pads">Columns of zeros to the left and to the right.</param>
    /// <returns>The DQ's output.</returns>
    public string ShiftedColumns(string tensor, string name, ActivationRange range, int columns, int shifts, (long Left, long Right) pads)
    {
        var (scale, zeroPoint) = _scales[range];
        var source = tensor + "/quantized";
        if (pads != (0, 0))
        {
            Initializers.Add(OnnxTensors.Create(name + "/pads", (long[])[0, 0, 0, pads.Left, 0, 0, 0, pads.Right], 8));
            Nodes.Add(Node("Pad", name + "/pad", [source, name + "/pads", zeroPoint], name + "/padded"));
            source = name + "/padded";
        }
        Initializers.Add(OnnxTensors.Create(name + "/axis", (long[])[3], 1));
        var copies = new string[shifts];
        for (var i = 0; i < columns; i++)
        {
            var copy = $"{name}/{i}";
            Initializers.Add(OnnxTensors.Create(copy + "/start", (long[])[i], 1));
            Initializers.Add(OnnxTensors.Create(copy + "/end", (long[])[i < columns - 1 ? i + 1 - columns : int.MaxValue], 1));
            Nodes.Add(Node("Slice", copy + "/slice", [source, copy + "/start", copy + "/end", name + "/axis"], copy + "/quantized"));
            Nodes.Add(Node("DequantizeLinear", copy + "/dequantize", [copy + "/quantized", scale, zeroPoint], copy));
            copies[i] = copy;
        }
        Array.Fill(copies, copies[0], columns, shifts - columns);
        var joined = Node("Concat", name + "/concat", copies, name + "/float");
        joined.Attribute.Add(Integer("axis", 1));
        Nodes.Add(joined);
        QuantizeAndBack(joined.Output[0], name, range, name);
        return name;
    }

    private string PerChannel(string name, int axis)
    {
        var node = Node("DequantizeLinear", name + "/dequantize", [name + "/quantized", name + "/scale", name + "/zero_point"], name + "/dequantized");
        node.Attribute.Add(Integer("axis", axis));
        Nodes.Add(node);
        return node.Output[0];
    }

    private static NodeProto Node(string operation, string name, IEnumerable<string> inputs, string output) =>
        new() { OpType = operation, Name = name, Input = { inputs }, Output = { output } };
}
