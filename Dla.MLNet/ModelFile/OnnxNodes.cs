namespace Dla.MLNet;

/// <summary>The nodes and constants of an ONNX graph, found by the tensors they make; the constants' values are read when asked for.</summary>
internal sealed class OnnxNodes
{
    /// <summary>Operators that pass their first input on in another shape or number format.</summary>
    public static readonly string[] Passing = ["Identity", "Cast", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Dropout", "QuantizeLinear",
        "DequantizeLinear"];

    private readonly Dictionary<string, OnnxNode> _producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxTensor> _constants = new(StringComparer.Ordinal);
    private readonly Stream _file;

    private OnnxNodes(Stream file) => _file = file;

    /// <summary>Reads a graph.</summary>
    /// <param name="file">The ONNX file; seekable, and open as long as constants are read.</param>
    /// <exception cref="FormatException">It is not an ONNX file, or it is cut off.</exception>
    public static OnnxNodes Read(Stream file)
    {
        var nodes = new OnnxNodes(file);
        var reader = new ProtobufReader(file);
        while (reader.Next())
        {
            if (reader.Field == 7) reader.Message(() => nodes.GraphField(reader));   // ModelProto.graph
            else reader.Skip();
        }
        return nodes;
    }

    /// <summary>The node that makes a tensor; <see langword="null"/> for the graph's inputs and constants.</summary>
    public OnnxNode? Producer(string tensor) => _producers.GetValueOrDefault(tensor);

    /// <summary>
    /// The values of a constant as float32, also behind nodes that dequantize or convert it; <see langword="null"/> for what is computed from the input.
    /// </summary>
    public OnnxConstant? Constant(string tensor)
    {
        if (_constants.GetValueOrDefault(tensor) is { } constant) return new OnnxConstant(constant.ReadFloats(_file), [.. constant.Dimensions]);
        return Producer(tensor) switch
        {
            { Type: "Constant" } node when node.Attribute("value")?.Tensor is { } value => new OnnxConstant(value.ReadFloats(_file), [.. value.Dimensions]),
            { Type: "Identity" or "Cast" } node => Constant(node.Inputs[0]),
            { Type: "Transpose" } node when Constant(node.Inputs[0]) is { Dimensions.Length: 2 } matrix => matrix.Transposed(),
            { Type: "DequantizeLinear" } node when Constant(node.Inputs[0]) is { } values && Constant(node.Inputs[1]) is { } scale =>
                values.Dequantized(scale.Values, node.Inputs.Count > 2 ? Constant(node.Inputs[2])?.Values : null, node.Integer("axis", 1)),
            _ => null,
        };
    }

    // GraphProto: 1 node, 5 initializer.
    private void GraphField(ProtobufReader reader)
    {
        switch (reader.Field)
        {
            case 1:
                var node = OnnxNode.Read(reader);
                foreach (var output in node.Outputs) _producers[output] = node;
                break;
            case 5:
                var tensor = OnnxTensor.Read(reader);
                _constants[tensor.Name] = tensor;
                break;
            default: reader.Skip(); break;
        }
    }
}
