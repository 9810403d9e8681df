namespace Dla.MLNet;

/// <summary>The nodes and constants of an ONNX graph, found by the tensors they make; the constants' values are read when asked for.</summary>
internal sealed class OnnxNodes
{
    /// <summary>Operators that pass their first input on in another shape or number format.</summary>
    public static readonly string[] Passing = ["Identity", "Cast", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Dropout", "QuantizeLinear",
        "DequantizeLinear"];

    /// <summary>Operators whose output has its input's values.</summary>
    private static readonly string[] Copying = ["Identity", "Cast"];

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

    /// <summary>The tensor in front of nodes of some types, each of which passes its first input on.</summary>
    public string Behind(string tensor, IReadOnlyCollection<string> types)
    {
        // A sound graph has no circles. In one that has, a walk is over when it is longer than the graph.
        for (var steps = 0; steps < _producers.Count && Producer(tensor) is { Inputs.Count: > 0 } node && types.Contains(node.Type); steps++)
            tensor = node.Inputs[0];
        return tensor;
    }

    /// <summary>
    /// The values of a constant as float32, also behind nodes that dequantize, convert or transpose it; <see langword="null"/> for what is computed from
    /// the input.
    /// </summary>
    /// <exception cref="NotSupportedException">The values are in another file, or are not numbers.</exception>
    /// <exception cref="FormatException">The values do not fit their shape.</exception>
    public OnnxConstant? Constant(string tensor)
    {
        OnnxNode? scaling = null;
        var (isTransposed, wasTransposed) = (false, false);   // behind and in front of the node that dequantizes
        for (var steps = 0; steps <= _producers.Count; steps++)
        {
            tensor = Behind(tensor, Copying);
            if (Producer(tensor) is { Type: "Transpose", Inputs.Count: > 0 } transpose && !_constants.ContainsKey(tensor))
            {
                if (scaling is null) isTransposed ^= Swaps(transpose);
                else wasTransposed ^= Swaps(transpose);
                tensor = transpose.Inputs[0];
            }
            else if (scaling is null && Producer(tensor) is { Type: "DequantizeLinear", Inputs.Count: > 1 } node && !_constants.ContainsKey(tensor))
            {
                scaling = node;
                tensor = node.Inputs[0];
            }
            else break;
        }
        if (Stored(tensor) is not { } values || Transposed(values, wasTransposed) is not { } stored) return null;
        if (scaling is null) return Transposed(stored, isTransposed);
        if (Stored(Behind(scaling.Inputs[1], Copying)) is not { } scale) return null;
        var zeroPoint = scaling.Inputs.Count > 2 ? Stored(Behind(scaling.Inputs[2], Copying)) : null;
        return Transposed(stored.Dequantized(scale.Values, zeroPoint?.Values, scaling.Integer("axis", 1)), isTransposed);
    }

    /// <summary>A constant that the file holds.</summary>
    private OnnxConstant? Stored(string tensor) =>
        (_constants.GetValueOrDefault(tensor) ?? (Producer(tensor) is { Type: "Constant" } node ? node.Attribute("value")?.Tensor : null)) is { } stored
            ? new OnnxConstant(stored.ReadFloats(_file), [.. stored.Dimensions]) : null;

    /// <summary>Whether a Transpose swaps the axes of a matrix; one may also leave them as they are.</summary>
    private static bool Swaps(OnnxNode transpose) => transpose.Attribute("perm")?.Integers is not [0, 1];

    private static OnnxConstant? Transposed(OnnxConstant constant, bool transpose) =>
        !transpose ? constant : constant.Dimensions.Length == 2 ? constant.Transposed() : null;

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
