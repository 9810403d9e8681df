using Dla.Export.Onnx;
using static Dla.Export.Onnx.OnnxGraphBuilder;

namespace Dla.Export.Tests;

/// <summary>Builds graphs the way other exporters write them: numbered tensors, nodes without names, batch norms of their own.</summary>
internal sealed class ForeignGraph
{
    private readonly Random _random = new(3);
    private readonly GraphProto _graph = new() { Name = "main_graph" };
    private int _next;

    public ForeignGraph(string input = "x.1") => _graph.Input.Add(Value(input, "N", 3L, 64L, 64L));

    public GraphProto Graph => _graph;

    public string Node(string operation, IEnumerable<string> inputs, params AttributeProto[] attributes)
    {
        var output = $"{++_next}";
        _graph.Node.Add(new NodeProto { OpType = operation, Input = { inputs }, Output = { output }, Attribute = { attributes } });
        return output;
    }

    public string Weight(double low, double high, params long[] shape)
    {
        var name = $"w.{++_next}";
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++) values[i] = (float)(low + (high - low) * _random.NextDouble());
        _graph.Initializer.Add(OnnxTensors.Create(name, values, shape));
        return name;
    }

    public string Conv(string x, long inputs, long outputs, long kernel = 3, long stride = 1, long group = 1)
    {
        var limit = Math.Sqrt(6.0 / (inputs / group * kernel * kernel));
        return Node("Conv", [x, Weight(-limit, limit, outputs, inputs / group, kernel, kernel)],
            Integers("kernel_shape", kernel, kernel), Integers("strides", stride, stride), Integers("pads", kernel / 2, kernel / 2, kernel / 2, kernel / 2),
                Integer("group", group));
    }

    public string Norm(string x, long channels) => Node("BatchNormalization",
        [x, Weight(0.5, 1.5, channels), Weight(-0.2, 0.2, channels), Weight(-0.2, 0.2, channels), Weight(0.5, 1.5, channels)]);

    public string Relu(string x) => Node("Relu", [x]);

    /// <summary>ResNet's basic block.</summary>
    public string Block(string x, long inputs, long outputs, long stride)
    {
        var y = Relu(Norm(Conv(x, inputs, outputs, stride: stride), outputs));
        y = Norm(Conv(y, outputs, outputs), outputs);
        var shortcut = inputs == outputs ? x : Norm(Conv(x, inputs, outputs, kernel: 1, stride: stride), outputs);
        return Relu(Node("Add", [y, shortcut]));
    }

    public ModelProto Model(string output, int opset = 17, params object[] shape)
    {
        _graph.Output.Add(Value(output, shape));
        return new ModelProto { IrVersion = 8, ProducerName = "pytorch", Graph = _graph, OpsetImport = { new OperatorSetIdProto { Version = opset } } };
    }

    private static ValueInfoProto Value(string name, params object[] shape) => new()
    {
        Name = name,
        Type = new()
        {
            TensorType = new()
            {
                ElemType = (int)TensorProto.Types.DataType.Float,
                Shape = new TensorShapeProto { Dim = { shape.Select(d => d is long n
                    ? new TensorShapeProto.Types.Dimension { DimValue = n } : new() { DimParam = (string)d }) } },
            },
        },
    };
}
