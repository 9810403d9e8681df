namespace Dla.MLNet;

/// <summary>A node of an ONNX graph.</summary>
internal sealed class OnnxNode
{
    private readonly List<string> _inputs = [], _outputs = [];
    private readonly Dictionary<string, OnnxAttribute> _attributes = new(StringComparer.Ordinal);

    private OnnxNode()
    {
    }

    /// <summary>The operator, such as <c>Conv</c>.</summary>
    public string Type { get; private set; } = "";

    public IReadOnlyList<string> Inputs => _inputs;

    public IReadOnlyList<string> Outputs => _outputs;

    /// <summary>An attribute of that name, or <see langword="null"/>.</summary>
    public OnnxAttribute? Attribute(string name) => _attributes.GetValueOrDefault(name);

    /// <summary>A whole number, or what ONNX takes when it is left out.</summary>
    public long Integer(string name, long otherwise) => Attribute(name)?.Integer ?? otherwise;

    /// <summary>A number, or what ONNX takes when it is left out.</summary>
    public float Number(string name, float otherwise) => Attribute(name)?.Number ?? otherwise;

    /// <summary>Reads a NodeProto: 1 input, 2 output, 4 op_type, 5 attribute.</summary>
    public static OnnxNode Read(ProtobufReader reader)
    {
        var node = new OnnxNode();
        reader.Message(() =>
        {
            switch (reader.Field)
            {
                case 1: node._inputs.Add(reader.Text()); break;
                case 2: node._outputs.Add(reader.Text()); break;
                case 4: node.Type = reader.Text(); break;
                case 5: var (name, value) = OnnxAttribute.Read(reader); node._attributes[name] = value; break;
                default: reader.Skip(); break;
            }
        });
        return node;
    }
}
