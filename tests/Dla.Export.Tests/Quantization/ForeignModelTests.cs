using Dla.Export.Onnx;
using Dla.MLNet;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using static Dla.Export.Onnx.OnnxGraphBuilder;

namespace Dla.Export.Tests;

public sealed class ForeignModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static readonly DlaQuantizationOptions Options = new() { Preprocessing = new ImagePreprocessing { CropSize = 64, ResizeShortSide = 64 } };

    private DlaQuantizationReport Quantize(ModelProto model, DlaQuantizationOptions? options = null)
    {
        OnnxFile.Write(model, _folder.File("foreign.onnx"));
        return DlaQuantizer.Quantize(_folder.File("foreign.onnx"), _folder.File("int8.onnx"), CalibrationImages.Take(8), options ?? Options);
    }

    private static ModelProto ResNet()
    {
        var g = new ForeignGraph();
        var x = g.Relu(g.Norm(g.Conv("x.1", 3, 16, kernel: 7, stride: 2), 16));
        x = g.Node("MaxPool", [x], Integers("kernel_shape", 3, 3), Integers("strides", 2, 2), Integers("pads", 1, 1, 1, 1));
        x = g.Block(x, 16, 16, stride: 1);
        x = g.Block(x, 16, 32, stride: 2);
        x = g.Node("Identity", [x]);
        x = g.Block(x, 32, 64, stride: 2);
        x = g.Node("Flatten", [g.Node("GlobalAveragePool", [x])], Integer("axis", 1));
        x = g.Node("Gemm", [x, g.Weight(-0.2, 0.2, 10, 64), g.Weight(-0.1, 0.1, 10)], Integer("transB", 1));
        return g.Model(x, 17, "N", 10L);
    }

    [Fact]
    public void A_resnet_of_another_exporter_becomes_int8_from_end_to_end()
    {
        var report = Quantize(ResNet());
        Assert.Empty(report.FloatInOptimizedGraph);
        Assert.Equal((9, 1, 3), (report.OptimizedNodes["QLinearConv"], report.OptimizedNodes["QGemm"], report.OptimizedNodes["QLinearAdd"]));
        Assert.DoesNotContain("BatchNormalization", report.OptimizedNodes.Keys);
        Assert.InRange(report.Snr, 25, 60);
        Assert.All(report.Layers, l => Assert.NotEmpty(l.Name));
    }

    [Fact]
    public void Folding_changes_nothing_that_can_be_seen()
    {
        var model = ResNet();
        var folded = model.Clone();
        GraphSimplifier.Run(folded.Graph);
        Assert.DoesNotContain(folded.Graph.Node, n => n.OpType is "BatchNormalization" or "Identity");
        float[] exact = Run(model, 64), found = Run(folded, 64);
        Assert.InRange(exact.Zip(found, (a, b) => Math.Abs(a - b)).Max() / exact.Max(Math.Abs), 0, 1e-5);
    }

    [Fact]
    public void Weights_listed_among_the_inputs_and_constant_nodes_are_weights()
    {
        var g = new ForeignGraph();
        var x = g.Relu(g.Conv("x.1", 3, 8));
        var weight = g.Weight(-0.2, 0.2, 8, 8, 1, 1);
        var constant = g.Graph.Initializer.Single(i => i.Name == weight);
        g.Graph.Initializer.Remove(constant);
        var fromNode = g.Node("Constant", [], new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = constant });
        x = g.Node("Conv", [x, fromNode]);
        var model = g.Model(x, 17, "N", 8L, 64L, 64L);
        foreach (var initializer in model.Graph.Initializer)
            model.Graph.Input.Add(new ValueInfoProto { Name = initializer.Name,
                Type = new() { TensorType = new() { ElemType = 1,
                Shape = new() { Dim = { initializer.Dims.Select(d => new TensorShapeProto.Types.Dimension { DimValue = d }) } } } } });
        var report = Quantize(model);
        Assert.Empty(report.FloatInOptimizedGraph);
        Assert.Equal(2, report.OptimizedNodes["QLinearConv"]);
    }

    [Fact]
    public void An_operator_that_is_not_known_stays_float_and_is_named()
    {
        var g = new ForeignGraph();
        var x = g.Node("HardSwish", [g.Conv("x.1", 3, 8)]);
        x = g.Node("InstanceNormalization", [g.Conv(x, 8, 8), g.Weight(1, 1, 8), g.Weight(0, 0, 8)]);
        x = g.Relu(g.Conv(x, 8, 8));
        var report = Quantize(g.Model(x, 17, "N", 8L, 64L, 64L));
        Assert.Equal(3, report.OptimizedNodes["QLinearConv"]);
        Assert.Equal(["HardSwish", "InstanceNormalization"], report.FloatOperators.Select(f => f.Operator).Order());
        Assert.All(report.FloatOperators, f => Assert.StartsWith(f.Operator, f.Nodes.Single(), StringComparison.Ordinal));
        Assert.InRange(report.Snr, 15, 60);
    }

    [Fact]
    public void A_bias_that_is_huge_beside_its_products_is_kept()
    {
        var g = new ForeignGraph();
        var weight = g.Weight(-0.2, 0.2, 4, 3, 1, 1);
        var values = OnnxTensors.Floats(g.Graph.Initializer.Single(i => i.Name == weight));
        for (var i = 0; i < 3; i++) (values[i], values[3 + i]) = (1e-9f * (i + 1), 0);   // a channel of tiny weights, one of zeros, and two of ordinary ones
        g.Graph.Initializer.Remove(g.Graph.Initializer.Single(i => i.Name == weight));
        g.Graph.Initializer.Add(OnnxTensors.Create(weight, values, [4, 3, 1, 1]));
        var bias = g.Weight(0.7, 0.7, 4);
        var model = g.Model(g.Node("Conv", ["x.1", weight, bias]), 17, "N", 4L, 64L, 64L);
        Quantize(model, Options with { Method = DlaCalibrationMethod.MinMax });
        var (exact, found) = (Run(model, 64), Run(OnnxFile.Read(_folder.File("int8.onnx")), 64));
        for (var i = 0; i < exact.Length; i++) Assert.Equal(exact[i], found[i], 0.05f * exact.Max(Math.Abs));
        Assert.Equal(0.7f, found[10], 0.02f);
        Assert.Equal(0.7f, found[64 * 64 + 10], 0.02f);
    }

    [Fact]
    public void A_relu_is_not_lost_where_a_concatenation_shares_one_scale()
    {
        var g = new ForeignGraph();
        var (relu, plain) = (g.Relu(g.Conv("x.1", 3, 8)), g.Conv("x.1", 3, 8));
        var model = g.Model(g.Node("Concat", [relu, plain], Integer("axis", 1)), 17, "N", 16L, 64L, 64L);
        Quantize(model, Options with { ShareConcatScales = true });
        var found = Run(OnnxFile.Read(_folder.File("int8.onnx")), 64);
        Assert.True(found[..(8 * 64 * 64)].Min() >= 0 && found[(8 * 64 * 64)..].Min() < -0.5f,
            $"{found[..(8 * 64 * 64)].Min()}, {found[(8 * 64 * 64)..].Min()}");
    }

    [Fact]
    public void Shapes_that_are_computed_stay_whole_numbers()
    {
        var g = new ForeignGraph();
        var y = g.Node("GlobalAveragePool", [g.Relu(g.Conv("x.1", 3, 8))]);
        string Constant(string name, params long[] values)
        {
            g.Graph.Initializer.Add(OnnxTensors.Create(name, values, [values.Length]));
            return name;
        }
        var (axes, shape) = (Constant("axes", 0), g.Node("Shape", [y]));
        string Dimension(long i) => g.Node("Unsqueeze", [g.Node("Squeeze", [g.Node("Gather", [shape, Constant($"at{i}", i)]), axes]), axes]);
        var x = g.Node("Reshape", [y, g.Node("Concat", [Dimension(0), Dimension(1)], Integer("axis", 0))]);
        x = g.Node("Gemm", [x, g.Weight(-0.2, 0.2, 10, 8), g.Weight(-0.1, 0.1, 10)], Integer("transB", 1));
        var report = Quantize(g.Model(x, 17, "N", 10L));
        Assert.Equal(1, report.OptimizedNodes["QLinearConv"]);
        Assert.InRange(report.Snr, 20, 70);
    }

    [Fact]
    public void Two_heads_without_names_can_share_their_weights()
    {
        var g = new ForeignGraph();
        var weight = g.Weight(-0.2, 0.2, 5, 8, 1, 1);
        var x = g.Relu(g.Conv("x.1", 3, 8));
        string Head(string of) => g.Node("Flatten", [g.Node("Conv", [g.Node("GlobalAveragePool", [of]), weight])], Integer("axis", 1));
        var report = Quantize(g.Model(g.Node("Add", [Head(x), Head(g.Relu(g.Conv(x, 8, 8)))]), 17, "N", 5L));
        Assert.Equal(2, report.Layers.Count(l => l.Operator == "Gemm"));
    }

    [Fact]
    public void A_bad_calibration_image_is_called_by_its_name()
    {
        OnnxFile.Write(ResNet(), _folder.File("foreign.onnx"));
        var images = CalibrationImages.Take(3).Append("no image"u8.ToArray());
        var error = Assert.Throws<InvalidDataException>(() => DlaQuantizer.Quantize(
            _folder.File("foreign.onnx"), _folder.File("int8.onnx"), images, Options with { ImageName = n => $"photos/{n}.jpg" }));
        Assert.Contains("Calibration image 4, 'photos/3.jpg', cannot be used", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Depthwise_convolutions_and_clipping_at_six_are_quantized()
    {
        var g = new ForeignGraph();
        var (zero, six) = (g.Weight(0, 0), g.Weight(6, 6));
        var x = g.Node("Clip", [g.Norm(g.Conv("x.1", 3, 16, stride: 2), 16), zero, six]);
        x = g.Node("Clip", [g.Norm(g.Conv(x, 16, 16, group: 16), 16), zero, six]);
        x = g.Norm(g.Conv(x, 16, 24, kernel: 1), 24);
        x = g.Node("Concat", [x, g.Node("AveragePool", [x], Integers("kernel_shape", 3, 3), Integers("pads", 1, 1, 1, 1))], Integer("axis", 1));
        var report = Quantize(g.Model(x, 17, "N", 48L, 32L, 32L));
        Assert.Empty(report.FloatInOptimizedGraph);
        Assert.Equal((3, 2, 1), (report.OptimizedNodes["QLinearConv"], report.OptimizedNodes["QLinearConcat"], report.OptimizedNodes["QLinearAveragePool"]));
        Assert.InRange(report.Snr, 20, 60);
    }

    [Fact]
    public void A_tensor_read_before_and_behind_its_relu_keeps_its_negative_values()
    {
        var g = new ForeignGraph();
        var x = g.Conv("x.1", 3, 8);
        x = g.Node("Add", [x, g.Conv(g.Relu(x), 8, 8)]);
        var report = Quantize(g.Model(x, 17, "N", 8L, 64L, 64L));
        Assert.Equal(2, report.OptimizedNodes["QLinearConv"]);
        Assert.InRange(report.Snr, 20, 60);
        Assert.Contains(report.Layers, l => l is { Operator: "Relu", Float: not null });
    }

    [Fact]
    public void What_cannot_be_quantized_is_refused_with_the_reason()
    {
        void Refused<T>(string part, ModelProto model) where T : Exception =>
            Assert.Contains(part, Assert.ThrowsAny<T>(() => Quantize(model)).Message, StringComparison.Ordinal);
        var old = new ForeignGraph();
        Refused<NotSupportedException>("opset 11", old.Model(old.Conv("x.1", 3, 8), 11, "N", 8L, 64L, 64L));
        var plain = new ForeignGraph();
        Refused<ArgumentException>("nothing to do", plain.Model(plain.Node("Sigmoid", ["x.1"]), 17, "N", 3L, 64L, 64L));
        var two = new ForeignGraph();
        two.Graph.Input.Add(new ValueInfoProto { Name = "mask", Type = two.Graph.Input[0].Type.Clone() });
        Refused<ArgumentException>("mask", two.Model(two.Node("Mul", [two.Conv("x.1", 3, 3), "mask"]), 17, "N", 3L, 64L, 64L));
        var infinite = new ForeignGraph();
        var large = infinite.Node("Conv", ["x.1", infinite.Weight(3e38, 3e38, 8, 3, 3, 3)]);
        // Images are run side by side; which of them is told of first is chance.
        Refused<InvalidDataException>("Calibration image ", infinite.Model(infinite.Conv(large, 8, 8), 17, "N", 8L, 62L, 62L));
    }

    private static float[] Run(ModelProto model, int size)
    {
        using var session = new InferenceSession(model.ToByteArray());
        var pixels = new float[3 * size * size];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = MathF.Sin(i * 0.37f) * 2;
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, size, size]);
        using var results = session.Run(new RunOptions(), [session.InputNames[0]], [input], session.OutputNames);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
