using Dla.Export.Onnx;
using Dla.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using static Dla.Export.Onnx.OnnxGraphBuilder;

namespace Dla.Export.Tests;

/// <summary>Scoring of graphs that other exporters write.</summary>
public sealed class ForeignScoringTests : IDisposable
{
    private static readonly ImagePreprocessing Preprocessing = new() { ResizeShortSide = 64, CropSize = 64 };

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A small network of five classes; <paramref name="end"/> adds to its logits [N, 5] and gives the output.</summary>
    private string Model(string file, Func<ForeignGraph, string, string> end, Action<ModelProto>? change = null)
    {
        var graph = new ForeignGraph();
        var x = graph.Node("GlobalAveragePool", [graph.Relu(graph.Conv("x.1", 3, 16, stride: 4))]);
        var model = graph.Model(end(graph, graph.Node("Flatten", [graph.Conv(x, 16, 5, kernel: 1)])), shape: ["N", 5L]);
        change?.Invoke(model);
        var path = _folder.File(file);
        OnnxFile.Write(model, path);
        return path;
    }

    private static DlaClassifierOptions Options(string path) => new() { ModelPath = path, Preprocessing = Preprocessing };

    private string Photo()
    {
        var path = _folder.File("photo.png");
        if (!File.Exists(path)) File.WriteAllBytes(path, CalibrationImages.Bitmap(1, 64));
        return path;
    }

    private float[] Probabilities(string path)
    {
        using var classifier = DlaClassifier.Open(path, Options(path));
        return [.. classifier.Predict(Photo()).Top.OrderBy(c => c.Index).Select(c => c.Probability)];
    }

    [Fact]
    public void Probabilities_are_not_made_probabilities_again_whatever_stands_behind_their_softmax()
    {
        var expected = Probabilities(Model("logits.onnx", (_, logits) => logits));
        Assert.Equal(1, expected.Sum(), 1e-5f);
        Func<ForeignGraph, string, string>[] ends =
        [
            (_, x) => x,
            (g, x) => g.Node("Identity", [x]),
            (g, x) => g.Node("Cast", [g.Node("Cast", [x], Integer("to", 11))], Integer("to", 1)),
            (g, x) => g.Node("Flatten", [g.Node("Unsqueeze", [x, Axis(g)])]),
        ];
        foreach (var (end, i) in ends.Select((e, i) => (e, i)))
            Assert.All(Probabilities(Model($"{i}.onnx", (g, x) => end(g, g.Node("Softmax", [x], Integer("axis", 1))))).Zip(expected),
                p => Assert.Equal(p.Second, p.First, 1e-5f));
    }

    /// <summary>As ONNX Runtime's own quantizer writes it without QDQ.</summary>
    [Fact]
    public void A_softmax_on_quantized_numbers_is_one_too()
    {
        var path = Model("qlinear.onnx", (g, x) =>
        {
            var (inScale, outScale, inZero, outZero) = (Scale(g, 1.0 / 16), Scale(g, 1.0 / 256), Zero(g, "middle", 128), Zero(g, "zero", 0));
            var softmax = g.Node("QLinearSoftmax", [g.Node("QuantizeLinear", [x, inScale, inZero]), inScale, inZero, outScale, outZero], Integer("axis", 1),
                Integer("opset", 13));
            return g.Node("DequantizeLinear", [softmax, outScale, outZero]);
        }, NameDomains);
        var expected = Probabilities(Model("logits.onnx", (_, logits) => logits));
        Assert.All(Probabilities(path).Zip(expected), p => Assert.Equal(p.Second, p.First, 0.02f));
    }

    private static string Scale(ForeignGraph graph, double scale) => graph.Weight(scale, scale);

    private static string Zero(ForeignGraph graph, string name, byte zero)
    {
        graph.Graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Uint8,
            RawData = Google.Protobuf.ByteString.CopyFrom(zero) });
        return name;
    }

    private static void NameDomains(ModelProto model)
    {
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
        foreach (var node in model.Graph.Node.Where(n => n.OpType.StartsWith("QLinear", StringComparison.Ordinal))) node.Domain = "com.microsoft";
    }

    [Fact]
    public void The_average_of_quantized_features_is_the_embedding()
    {
        float[] Embedding(bool quantized)
        {
            var graph = new ForeignGraph();
            var x = graph.Relu(graph.Conv("x.1", 3, 16, stride: 4));
            if (quantized)
            {
                var (scale, zero) = (Scale(graph, 1.0 / 16), Zero(graph, "zero", 0));
                x = graph.Node("QLinearGlobalAveragePool", [graph.Node("QuantizeLinear", [x, scale, zero]), scale, zero, scale, zero]);
                x = graph.Node("DequantizeLinear", [graph.Node("Flatten", [x]), scale, zero]);
            }
            else x = graph.Node("Flatten", [graph.Node("GlobalAveragePool", [x])]);
            var model = graph.Model(graph.Node("MatMul", [x, graph.Weight(-1, 1, 16, 5)]), shape: ["N", 5L]);
            if (quantized) NameDomains(model);
            var path = _folder.File($"pool-{quantized}.onnx");
            OnnxFile.Write(model, path);
            var images = _ml.Data.LoadFromEnumerable([new { ImagePath = Photo() }]);
            using var transformer = _ml.Transforms.FeaturizeImages(new DlaFeaturizerOptions { ModelPath = path, Preprocessing = Preprocessing }).Fit(images);
            return transformer.Transform(images).GetColumn<float[]>("Embedding").Single();
        }
        var expected = Embedding(quantized: false);
        Assert.InRange(expected.Max(), 1, 8);
        Assert.All(Embedding(quantized: true).Zip(expected), p => Assert.Equal(p.Second, p.First, 0.07f));
    }

    [Fact]
    public void A_model_that_cannot_run_says_so_with_its_name_and_input_and_is_not_run_for_the_bad_images_alone()
    {
        var graph = new ForeignGraph();
        var x = graph.Node("Flatten", [graph.Relu(graph.Conv("x.1", 3, 4, stride: 8))]);
        var model = graph.Model(graph.Node("MatMul", [x, graph.Weight(-1, 1, 256, 5)]), shape: ["N", 5L]);
        foreach (var axis in (int[])[2, 3]) model.Graph.Input[0].Type.TensorType.Shape.Dim[axis] = new() { DimParam = "size" };
        var path = _folder.File("size.onnx");
        OnnxFile.Write(model, path);
        var options = Options(path) with { Preprocessing = new ImagePreprocessing { ResizeShortSide = 96, CropSize = 96 } };
        using var classifier = DlaClassifier.Open(path, options);
        var error = Assert.Throws<InvalidOperationException>(() => classifier.Predict(Photo()));
        Assert.Contains($"'{path}' on an input of [1, 3, 96, 96]", error.Message, StringComparison.Ordinal);
        var images = _ml.Data.LoadFromEnumerable([new { ImagePath = Photo() }, new { ImagePath = "absent.png" }]);
        using var transformer = _ml.Transforms.ClassifyImages(options with { OnBadImage = BadImageHandling.Missing }).Fit(images);
        Assert.Equal([true, false], transformer.Transform(images).GetColumn<string>("ImageError").Select(e => e.Length == 0));
        Assert.Throws<InvalidOperationException>(() => transformer.Transform(images).GetColumn<float[]>("Score").ToList());
        var one = _ml.Data.LoadFromEnumerable([new { ImagePath = Photo() }]);
        Assert.Equal([""], transformer.Transform(one).GetColumn<string>("ImageError"));
    }

    private static string Axis(ForeignGraph graph)
    {
        graph.Graph.Initializer.Add(OnnxTensors.Create("axis", [2L], 1));
        return "axis";
    }

    [Fact]
    public void Scores_that_are_no_numbers_give_the_missing_key_and_an_error_of_the_direct_API()
    {
        var path = Model("nan.onnx", (g, x) => g.Node("Mul", [x, g.Weight(double.NaN, double.NaN, 1)]));
        using var classifier = DlaClassifier.Open(path, Options(path));
        Assert.Contains(path, Assert.Throws<NotFiniteNumberException>(() => classifier.Predict(Photo())).Message, StringComparison.Ordinal);
        var ml = new MLContext();
        var images = ml.Data.LoadFromEnumerable([new { ImagePath = Photo() }]);
        using var model = ml.Transforms.ClassifyImages(Options(path)).Fit(images);
        Assert.Equal([0u], model.Transform(images).GetColumn<uint>("PredictedLabel"));
    }

    [Fact]
    public void Scores_of_independent_labels_are_refused()
    {
        void Refused(string part, string path) => Assert.Contains(part,
            Assert.Throws<NotSupportedException>(() => DlaClassifier.Open(path, Options(path))).Message, StringComparison.Ordinal);
        Refused("by a sigmoid", Model("sigmoid.onnx", (g, x) => g.Node("Sigmoid", [x])));
        var one = Model("one.onnx", (g, x) => g.Node("MatMul", [x, g.Weight(-1, 1, 5, 1)]), m => m.Graph.Output[0].Type.TensorType.Shape.Dim[1].DimValue = 1);
        Refused("[?, 1], which says yes or no", one);
    }

    [Theory]
    [InlineData("whose channels would be 224", 224, 224, 3)]
    [InlineData("only square inputs", 3, 224, 160)]
    public void Inputs_in_another_layout_say_what_can_be_done(string part, params int[] shape)
    {
        var path = Model("layout.onnx", (_, x) => x, model =>
        {
            for (var i = 0; i < 3; i++) model.Graph.Input[0].Type.TensorType.Shape.Dim[i + 1].DimValue = shape[i];
        });
        Assert.Contains(part, Assert.Throws<NotSupportedException>(() => DlaClassifier.Open(path, Options(path))).Message, StringComparison.Ordinal);
    }

    /// <summary>As <c>onnx.helper.make_tensor</c> writes whole numbers: int64_data instead of raw bytes.</summary>
    [Fact]
    public void Whole_numbers_of_either_kind_are_read()
    {
        var graph = new ForeignGraph();
        var features = graph.Relu(graph.Conv("x.1", 3, 16, stride: 4));
        graph.Graph.Initializer.Add(new TensorProto { Name = "axes", DataType = (int)TensorProto.Types.DataType.Int64, Dims = { 2 }, Int64Data = { -2, -1 } });
        var pooled = graph.Node("ReduceMean", [features, "axes"], Integer("keepdims", 0));
        var model = graph.Model(graph.Node("MatMul", [pooled, graph.Weight(-1, 1, 16, 5)]), opset: 18, shape: ["N", 5L]);
        model.Graph.Node.Add(new NodeProto { OpType = "Identity", Input = { features }, Output = { "features" } });
        model.Graph.Output.Add(new ValueInfoProto { Name = "features", Type = new() { TensorType = new() { ElemType = 1, Shape = new TensorShapeProto
        {
            Dim = { Enumerable.Range(0, 4).Select(i => new TensorShapeProto.Types.Dimension { DimValue = i == 0 ? 1 : 16 }) },
        } } } });
        OnnxFile.Write(model, _folder.File("int64.onnx"));
        using var classifier = DlaClassifier.Open(_folder.File("int64.onnx"), Options(_folder.File("int64.onnx")));
        Assert.True(classifier.CanExplain);
    }

    [Fact]
    public void A_float16_file_gives_its_embedding_too()
    {
        using var network = new Models.DlaNetwork(Models.DlaVariant.Dla46C, new Models.DlaNetworkOptions { NumClasses = 4, Seed = 3 });
        var card = new DlaModelCard { Preprocessing = Preprocessing };
        var images = _ml.Data.LoadFromEnumerable([new { ImagePath = Photo() }]);
        float[] Embedding(DlaExportOptions options)
        {
            var path = _folder.File($"{options.Precision}.onnx");
            DlaExporter.Export(network, card, path, options);
            using var model = _ml.Transforms.FeaturizeImages(path).Fit(images);
            return model.Transform(images).GetColumn<float[]>("Embedding").Single();
        }
        var (half, whole) = (Embedding(new DlaExportOptions { Precision = DlaPrecision.Float16 }), Embedding(new DlaExportOptions()));
        Assert.Equal(256, half.Length);
        Assert.All(half.Zip(whole), v => Assert.Equal(v.Second, v.First, 0.01f * whole.Max(Math.Abs)));
    }

    [Fact]
    public async Task Weights_in_another_file_are_found_for_each_use()
    {
        var inside = Model("inside.onnx", (_, x) => x);
        var outside = Model("outside.onnx", (_, x) => x, model =>
        {
            using var file = File.Create(_folder.File("outside.onnx.data"));
            foreach (var weight in model.Graph.Initializer)
            {
                var bytes = weight.RawData.ToByteArray();
                void Entry(string key, string value) => weight.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
                Entry("location", "outside.onnx.data");
                Entry("offset", $"{file.Position}");
                Entry("length", $"{bytes.Length}");
                file.Write(bytes);
                weight.ClearRawData();
                weight.DataLocation = TensorProto.Types.DataLocation.External;
            }
        });
        Assert.Equal(Probabilities(inside), Probabilities(outside));

        var ml = new MLContext();
        var images = ml.Data.LoadFromEnumerable([new { ImagePath = Photo() }]);
        float[] Embedding(string path)
        {
            using var model = ml.Transforms.FeaturizeImages(new DlaFeaturizerOptions { ModelPath = path, Preprocessing = Preprocessing }).Fit(images);
            return model.Transform(images).GetColumn<float[]>("Embedding").Single();
        }
        Assert.Equal(Embedding(inside), Embedding(outside));

        // Callers at the same time have both sessions made on shared weights.
        using var classifier = DlaClassifier.Open(outside, Options(outside));
        var alone = classifier.Predict(Photo());
        using var barrier = new Barrier(4);
        var together = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
        {
            barrier.SignalAndWait();
            return classifier.Predict(Photo());
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.All(together, p => Assert.Equal(alone.Probability, p.Probability, 1e-5f));
    }
}
