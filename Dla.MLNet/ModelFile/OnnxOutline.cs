namespace Dla.MLNet;

/// <summary>What an ONNX file says about itself, read without its weights and without ONNX Runtime.</summary>
internal sealed class OnnxOutline
{
    /// <summary>Begins the names of operators on quantized tensors, which ONNX Runtime's own quantizer can write.</summary>
    private const string Quantized = "QLinear";

    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly HashSet<string> _initializers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Type, string? Input)> _producers = new(StringComparer.Ordinal);
    private List<OnnxTensorInfo> _inputs = [];
    private readonly List<OnnxTensorInfo> _outputs = [];
    private bool _hasGraph;
    private string? _quantizedPool;

    private OnnxOutline()
    {
    }

    /// <summary>The graph's inputs, without those that only name its weights.</summary>
    public IReadOnlyList<OnnxTensorInfo> Inputs => _inputs;

    public IReadOnlyList<OnnxTensorInfo> Outputs => _outputs;

    /// <summary><c>metadata_props</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Whether some weights lie in another file beside this one.</summary>
    public bool HasExternalWeights { get; private set; }

    /// <summary>The output of the last global average pooling, which is the embedding; <see langword="null"/> where there is none.</summary>
    public string? PooledName { get; private set; }

    /// <summary>The operator that makes the tensor's values, such as <c>Softmax</c>, behind those that only change its shape or number format.</summary>
    public string? ProducerOf(string tensor)
    {
        for (var steps = 0; steps < _producers.Count && _producers.TryGetValue(tensor, out var node); steps++)
        {
            if (node.Input is null || !OnnxNodes.Passing.Contains(node.Type)) return node.Type;
            tensor = node.Input;
        }
        return null;
    }

    /// <summary>Reads the outline of an ONNX file.</summary>
    /// <param name="stream">The file; seekable.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="FormatException">It is not an ONNX file, or it is cut off.</exception>
    public static OnnxOutline Read(Stream stream, string name)
    {
        var outline = new OnnxOutline();
        try
        {
            var reader = new ProtobufReader(stream);
            while (reader.Next()) outline.ModelField(reader);
        }
        catch (Exception e) when (e is FormatException or EndOfStreamException)
        {
            throw new FormatException($"'{name}' is not a complete ONNX file ({e.Message}). Export it again, or copy it again if it was cut off.", e);
        }
        if (!outline._hasGraph || outline._outputs.Count == 0)
            throw new FormatException($"'{name}' is not an ONNX file: it holds no graph with outputs. Export a model with 'dla export'.");
        outline._inputs = outline._inputs.FindAll(i => !outline._initializers.Contains(i.Name));
        return outline;
    }

    // ModelProto: 7 graph, 14 metadata_props.
    private void ModelField(ProtobufReader reader)
    {
        switch (reader.Field)
        {
            case 7: _hasGraph = true; reader.Message(() => GraphField(reader)); break;
            case 14: Entry(reader); break;
            default: reader.Skip(); break;
        }
    }

    // StringStringEntryProto: 1 key, 2 value.
    private void Entry(ProtobufReader reader)
    {
        var (key, value) = ("", "");
        reader.Message(() =>
        {
            if (reader.Field == 1) key = reader.Text();
            else if (reader.Field == 2) value = reader.Text();
            else reader.Skip();
        });
        _metadata[key] = value;
    }

    // GraphProto: 1 node, 5 initializer, 11 input, 12 output.
    private void GraphField(ProtobufReader reader)
    {
        switch (reader.Field)
        {
            case 1: Node(reader); break;
            case 5: Initializer(reader); break;
            case 11: _inputs.Add(ValueInfo(reader)); break;
            case 12: _outputs.Add(ValueInfo(reader)); break;
            default: reader.Skip(); break;
        }
    }

    // NodeProto: 1 input, 2 output, 4 op_type.
    private void Node(ProtobufReader reader)
    {
        var (outputs, type) = (new List<string>(), "");
        string? first = null;
        reader.Message(() =>
        {
            if (reader.Field == 1 && first is null) first = reader.Text();
            else if (reader.Field == 2) outputs.Add(reader.Text());
            else if (reader.Field == 4) type = reader.Text();
            else reader.Skip();
        });
        var plain = type.StartsWith(Quantized, StringComparison.Ordinal) ? type[Quantized.Length..] : type;
        if (outputs.Count > 0) Pool(type, plain, first, outputs[0]);
        foreach (var output in outputs) _producers[output] = (plain, first);
    }

    /// <summary>Follows the last average pooling to numbers that are not quantized.</summary>
    private void Pool(string type, string plain, string? input, string output)
    {
        if (type == "GlobalAveragePool") (PooledName, _quantizedPool) = (output, null);
        else if (plain == "GlobalAveragePool") (PooledName, _quantizedPool) = (null, output);
        else if (input is null || input != _quantizedPool || !OnnxNodes.Passing.Contains(plain)) return;
        else if (type == "DequantizeLinear") (PooledName, _quantizedPool) = (output, null);
        else _quantizedPool = output;
    }

    // TensorProto: 8 name, 14 data_location (1: external).
    private void Initializer(ProtobufReader reader) => reader.Message(() =>
    {
        if (reader.Field == 8) _initializers.Add(reader.Text());
        else if (reader.Field == 14) HasExternalWeights |= reader.Integer() == 1;
        else reader.Skip();
    });

    // ValueInfoProto: 1 name, 2 type. TypeProto: 1 tensor_type, 4 sequence, 5 map, 8 sparse tensor, 9 optional. TypeProto.Tensor: 1 elem_type, 2 shape. TensorShapeProto: 1 dim. Dimension: 1 dim_value.
    private static OnnxTensorInfo ValueInfo(ProtobufReader reader)
    {
        var (name, type) = ("", 0);
        List<long>? shape = null;
        void Dimension()
        {
            var size = -1L;
            reader.Message(() => { if (reader.Field == 1) size = reader.Integer(); else reader.Skip(); });
            if (size > int.MaxValue) throw new FormatException($"an input or output has a dimension of {size:N0}");
            shape!.Add(size > 0 ? size : -1);
        }
        void TensorField()
        {
            switch (reader.Field)
            {
                case 1: type = (int)reader.Integer(); break;
                case 2: shape = []; reader.Message(() => { if (reader.Field == 1) Dimension(); else reader.Skip(); }); break;
                default: reader.Skip(); break;
            }
        }
        void TypeField()
        {
            switch (reader.Field)
            {
                case 1: reader.Message(TensorField); break;
                case 4 or 5 or 8 or 9: type = OnnxTensorInfo.NoTensor; reader.Skip(); break;
                default: reader.Skip(); break;
            }
        }
        reader.Message(() =>
        {
            if (reader.Field == 1) name = reader.Text();
            else if (reader.Field == 2) reader.Message(TypeField);
            else reader.Skip();
        });
        return new OnnxTensorInfo(name, type, shape);
    }
}
