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
    /// Adds channels of zeros to a quantized tensor [N, C, H, W], and a DQ; returns the DQ's output. Kernels read four channels at a time, and a convolution
    /// of RGB spends more time on gathering them by threes than on multiplying.
    /// </summary>
    public string Padded(string name, ActivationRange range, long channels)
    {
        var (scale, zeroPoint) = _scales[range];
        var output = name + "/padded";
        if (!_constants.Add(output)) return output;
        Initializers.Add(OnnxTensors.Create(name + "/padding", (long[])[0, 0, 0, 0, 0, channels, 0, 0], 8));
        Nodes.Add(Node("Pad", name + "/pad", [name + "/quantized", name + "/padding", zeroPoint], output + "/quantized"));
        Nodes.Add(Node("DequantizeLinear", output + "/dequantize", [output + "/quantized", scale, zeroPoint], output));
        return output;
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
