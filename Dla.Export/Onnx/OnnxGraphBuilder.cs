using System.Runtime.InteropServices;
using Google.Protobuf;
using static Dla.Export.Onnx.TensorProto.Types;

namespace Dla.Export.Onnx;

/// <summary>Collects nodes, weights and annotations of one ONNX graph; node names are module paths such as <c>/level3/tree1/root/conv</c>.</summary>
internal sealed class OnnxGraphBuilder(string graphName, OnnxPlane plane, long? batch, bool half)
{
    private readonly GraphProto _graph = new() { Name = graphName };

    /// <summary>
    /// Bytes of weights that one file holds: the 2 GiB of a protobuf message without external data, less 16 MiB for nodes, names and the card.
    /// </summary>
    public const long SizeLimit = int.MaxValue - (16 << 20);

    /// <summary>The graph so far.</summary>
    public GraphProto Graph => _graph;

    private DataType FloatType => half ? DataType.Float16 : DataType.Float;

    public OnnxValue Input(string name, long channels, string description)
    {
        var value = new OnnxValue(name, channels, 0);
        var annotation = Annotation(value, DataType.Float);
        annotation.DocString = description;
        _graph.Input.Add(annotation);
        return value;
    }

    /// <summary>A uint8 image input [N, H, W, C].</summary>
    public OnnxValue ByteInput(string name, long channels, string description)
    {
        var shape = new TensorShapeProto { Dim = { Batch(), plane.Dimensions(0), new TensorShapeProto.Types.Dimension { DimValue = channels } } };
        _graph.Input.Add(new ValueInfoProto { Name = name, DocString = description,
            Type = new() { TensorType = new() { ElemType = (int)DataType.Uint8, Shape = shape } } });
        return new OnnxValue(name, channels, 0);
    }

    /// <summary>uint8 [N, H, W, C] → [N, C, H, W].</summary>
    public OnnxValue ByteTranspose(string path, OnnxValue image)
    {
        var value = image with { Name = path + "/output" };
        Add("Transpose", path, [image.Name], [value.Name], [Integers("perm", 0, 3, 1, 2)]);
        Annotate(value, DataType.Uint8);
        return value;
    }

    public void Output(OnnxValue value, string description)
    {
        var annotation = Annotation(value, DataType.Float);
        annotation.DocString = description;
        _graph.Output.Add(annotation);
    }

    /// <summary>A float weight, stored in half precision where the graph is.</summary>
    public string Weight(string name, ReadOnlySpan<double> values, params ReadOnlySpan<long> shape)
    {
        byte[] bytes;
        if (half)
        {
            var halves = new Half[values.Length];
            for (var i = 0; i < halves.Length; i++) halves[i] = (Half)values[i];
            bytes = MemoryMarshal.AsBytes(halves.AsSpan()).ToArray();
        }
        else
        {
            bytes = new byte[4L * values.Length];
            var floats = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
            for (var i = 0; i < floats.Length; i++) floats[i] = (float)values[i];
        }
        return Initializer(name, FloatType, bytes, shape);
    }

    /// <summary>A float32 constant, whatever the graph's precision.</summary>
    public string Float32(string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) =>
        Initializer(name, DataType.Float, MemoryMarshal.AsBytes(values).ToArray(), shape);

    public string Int64(string name, params ReadOnlySpan<long> values) =>
        Initializer(name, DataType.Int64, MemoryMarshal.AsBytes(values).ToArray(), values.Length);

    /// <summary>Adds a node with one output, named as the node unless <paramref name="output"/> names it.</summary>
    public OnnxValue Node(string operation, string path, IEnumerable<string> inputs, OnnxValue shape, string? output = null, params AttributeProto[] attributes)
    {
        var value = shape with { Name = output ?? path + "/output" };
        Add(operation, path, inputs, [value.Name], attributes);
        Annotate(value, FloatType);
        return value;
    }

    /// <summary>A node with several outputs of one shape.</summary>
    public OnnxValue[] Split(string path, OnnxValue input, int parts)
    {
        var outputs = Enumerable.Range(0, parts).Select(i => input with { Name = $"{path}/output{i}", Channels = input.Channels / parts }).ToArray();
        var sizes = Int64(path.TrimStart('/').Replace('/', '.') + ".sizes", [.. Enumerable.Repeat(input.Channels / parts, parts)]);
        Add("Split", path, [input.Name, sizes], outputs.Select(o => o.Name), [Integer("axis", 1)]);
        foreach (var output in outputs) Annotate(output, FloatType);
        return outputs;
    }

    /// <summary>A conversion to the graph's float type, or out of it to float32.</summary>
    public OnnxValue Cast(string path, OnnxValue input, bool toFloat32, string? output = null)
    {
        var type = toFloat32 ? DataType.Float : FloatType;
        var value = input with { Name = output ?? path + "/output" };
        Add("Cast", path, [input.Name], [value.Name], [Integer("to", (long)type)]);
        if (output is null) Annotate(value, type);
        return value;
    }

    /// <summary>A node on float32 values in front of or behind the graph's own precision.</summary>
    public OnnxValue Float32Node(string operation, string path, IEnumerable<string> inputs, OnnxValue shape, string? output = null,
        params AttributeProto[] attributes)
    {
        var value = shape with { Name = output ?? path + "/output" };
        Add(operation, path, inputs, [value.Name], attributes);
        if (output is null) Annotate(value, DataType.Float);
        return value;
    }

    public static AttributeProto Integer(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    public static AttributeProto Integers(string name, params long[] values) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { values } };

    private void Add(string operation, string path, IEnumerable<string> inputs, IEnumerable<string> outputs, IEnumerable<AttributeProto> attributes) =>
        _graph.Node.Add(new NodeProto { OpType = operation, Name = path, Input = { inputs }, Output = { outputs }, Attribute = { attributes } });

    private string Initializer(string name, DataType type, byte[] bytes, params ReadOnlySpan<long> shape)
    {
        var dims = shape.ToArray();
        _graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)type, Dims = { dims }, RawData = UnsafeByteOperations.UnsafeWrap(bytes) });
        return name;
    }

    /// <summary>Annotates an intermediate tensor; the graph's outputs carry their own annotation.</summary>
    private void Annotate(OnnxValue value, DataType type)
    {
        if (value.Name.Contains('/', StringComparison.Ordinal)) _graph.ValueInfo.Add(Annotation(value, type));
    }

    private ValueInfoProto Annotation(OnnxValue value, DataType type)
    {
        var shape = new TensorShapeProto { Dim = { Batch(), new TensorShapeProto.Types.Dimension { DimValue = value.Channels } } };
        if (value.Halvings is OnePixel) shape.Dim.AddRange([new() { DimValue = 1 }, new() { DimValue = 1 }]);
        else if (value.Halvings is { } halvings) shape.Dim.AddRange(plane.Dimensions(halvings));
        return new ValueInfoProto { Name = value.Name, Type = new() { TensorType = new() { ElemType = (int)type, Shape = shape } } };
    }

    /// <summary>As <see cref="OnnxValue.Halvings"/>: a plane of one pixel, which global pooling leaves.</summary>
    public const int OnePixel = -1;

    private TensorShapeProto.Types.Dimension Batch() => batch is { } n ? new() { DimValue = n } : new() { DimParam = "batch" };
}
