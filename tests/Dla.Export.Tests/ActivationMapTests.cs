using Dla.Export.Onnx;
using Dla.MLNet;
using Dla.Models;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Dla.Export.Tests;

/// <summary>The mean of a map plus the bias is the logit that ONNX Runtime gives, in every kind of file that is exported.</summary>
public sealed class ActivationMapTests : IDisposable
{
    private const DlaOutputs Explained = DlaOutputs.Logits | DlaOutputs.Features;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Export(DlaVariant variant, DlaExportOptions options, int classes, int size, double gain = 1)
    {
        using var network = new DlaNetwork(variant, new DlaNetworkOptions { NumClasses = classes, Seed = 3 });
        using (no_grad()) network.Head!.weight.mul_(gain);
        var card = new DlaModelCard { Variant = variant.Name, Preprocessing = new ImagePreprocessing { ResizeShortSide = size + 9, CropSize = size } };
        return DlaExporter.Export(network, card, _folder.File($"{variant.Name}.onnx"), options).Path;
    }

    /// <summary>The logits by a session of its own.</summary>
    private static float[] Logits(string model, byte[] image)
    {
        var preprocessor = new ImagePreprocessor(DlaModelCard.Load(model)!.Preprocessing);
        var side = preprocessor.Preprocessing.CropSize;
        using var session = new InferenceSession(model);
        var (name, input) = session.InputMetadata.Single();
        var batch = Math.Max(1, input.Dimensions[0]);
        var (pixels, bytes) = (new float[batch * preprocessor.Length], new byte[batch * preprocessor.Length]);
        preprocessor.Run(image, pixels);
        preprocessor.Crop(image, bytes);
        using var value = input.ElementType == typeof(byte)
            ? OrtValue.CreateTensorValueFromMemory(bytes, [batch, side, side, 3])
            : OrtValue.CreateTensorValueFromMemory(pixels, [batch, 3, side, side]);
        using var results = session.Run(new RunOptions(), [name], [value], ["logits"]);
        return results[0].GetTensorDataAsSpan<float>()[..(results[0].GetTensorDataAsSpan<float>().Length / batch)].ToArray();
    }

    /// <param name="model">The file.</param>
    /// <param name="plane">Height and width of the maps.</param>
    /// <param name="tolerance">Relative to the largest logit or value of the map; the values of one class can cancel each other.</param>
    private static void MeansAreLogits(string model, int plane, double tolerance)
    {
        var image = CalibrationImages.Bitmap(5, 90);
        var logits = Logits(model, image);
        using var classifier = DlaClassifier.Open(model);
        var explanation = classifier.Explain(image, top: 7);
        Assert.Equal(classifier.Predict(image, top: 7).Top, explanation.Prediction.Top);
        Assert.Equal(explanation.Prediction.Top.Select(t => t.Label), explanation.Maps.Select(m => m.ClassName));
        Assert.Equal(Math.Min(7, logits.Length), explanation.Maps.Count);
        foreach (var (map, top) in explanation.Maps.Zip(explanation.Prediction.Top))
        {
            Assert.Equal((plane, plane, plane * plane), (map.Height, map.Width, map.Values.Length));
            var difference = Math.Abs(map.Values.ToArray().Average(v => (double)v) + map.Bias - logits[top.Index]);
            Assert.True(difference <= tolerance * Math.Max(logits.Max(Math.Abs), map.Values.ToArray().Max(Math.Abs)), $"{map.ClassName}: the " +
                $"mean and the bias are {difference:g3} off the logit {logits[top.Index]}");
        }
    }

    [Theory]
    [InlineData("dla46_c")]
    [InlineData("dla60x")]
    [InlineData("dla60_res2net")]
    [InlineData("dla102")]
    public void The_mean_of_a_map_and_the_bias_are_the_logit(string name) =>
        MeansAreLogits(Export(DlaVariant.Parse(name), new DlaExportOptions { Outputs = Explained }, 11, 64), 2, 1e-5);

    [Theory]
    [InlineData(1, 32, false)]
    [InlineData(10_000, 64, false)]
    [InlineData(3, 160, true)]
    public void Classes_and_sizes_are_free(int classes, int size, bool dynamic) =>
        MeansAreLogits(Export(DlaVariant.Dla46C, new DlaExportOptions { Outputs = Explained, DynamicSize = dynamic }, classes, size), size / 32, 1e-5);

    [Fact]
    public void Bytes_in_fixed_batches_are_explained_too() =>
        MeansAreLogits(Export(DlaVariant.Dla46XC, new DlaExportOptions { Outputs = Explained | DlaOutputs.Probabilities, EmbedPreprocessing = true,
            BatchSize = 3 }, 6, 96), 3, 1e-5);

    [Fact]
    public void In_half_precision_the_head_is_read_as_halves() =>
        MeansAreLogits(Export(DlaVariant.Dla34, new DlaExportOptions { Outputs = Explained, Precision = DlaPrecision.Float16 }, 11, 96), 3, 3e-3);

    [Theory]
    [InlineData("dla34", 11)]
    [InlineData("dla46_c", 1)]
    [InlineData("dla60x_c", 1000)]
    public void In_int8_the_head_is_read_with_its_scales(string variant, int classes)
    {
        var model = Export(DlaVariant.Parse(variant), new DlaExportOptions { Outputs = Explained | DlaOutputs.Embedding }, classes, 96);
        var path = DlaQuantizer.Quantize(model, _folder.File("int8.onnx"), CalibrationImages.Take(6)).Path;
        MeansAreLogits(path, 3, 0.02);   // the average is rounded to a byte before the head
        MeansAreLogits(model, 3, 1e-5);
    }

    [Fact]
    public void Without_logits_the_head_is_found_behind_the_softmax()
    {
        var image = CalibrationImages.Bitmap(2, 80);
        using var classifier = DlaClassifier.Open(Export(DlaVariant.Dla46C, new DlaExportOptions { Outputs = DlaOutputs.Probabilities | DlaOutputs.Features },
            4, 64, gain: 0.01));
        var (prediction, maps) = classifier.Explain(image, top: 4);
        for (var i = 1; i < 4; i++)
        {
            double Logit(int k) => maps[k].Values.ToArray().Average() + maps[k].Bias;
            Assert.Equal(Math.Log(prediction.Top[0].Probability / prediction.Top[i].Probability), Logit(0) - Logit(i), 1e-4);
        }
    }

    /// <summary>A head whose convolution has a bias, and something added to its logits [N, 4, 1, 1].</summary>
    private string Foreign(string file, Func<ForeignGraph, string, string> add)
    {
        var graph = new ForeignGraph();
        var features = graph.Relu(graph.Conv("x.1", 3, 8, stride: 4));
        var pooled = graph.Node("GlobalAveragePool", [features]);
        var head = graph.Node("Conv", [pooled, graph.Weight(-1, 1, 4, 8, 1, 1), graph.Weight(-1, 1, 4)]);
        graph.Graph.Node.Add(new NodeProto { OpType = "Identity", Input = { features }, Output = { "features" } });
        graph.Graph.Node.Add(new NodeProto { OpType = "Flatten", Input = { add(graph, head) }, Output = { "logits" } });
        var model = graph.Model("logits", shape: ["N", 4L]);
        model.Graph.Output.Add(new ForeignGraph("features").Graph.Input[0]);
        foreach (var (dimension, size) in model.Graph.Output[^1].Type.TensorType.Shape.Dim.Skip(1).Zip((long[])[8, 16, 16])) dimension.DimValue = size;
        OnnxFile.Write(model, _folder.File(file));
        return _folder.File(file);
    }

    [Fact]
    public void A_constant_is_added_to_the_heads_own_bias_and_anything_else_is_no_linear_head()
    {
        var options = new DlaClassifierOptions { ModelPath = "", Preprocessing = new ImagePreprocessing { ResizeShortSide = 64, CropSize = 64 } };
        var image = CalibrationImages.Bitmap(2, 64);
        using (var classifier = DlaClassifier.Open(Foreign("constant.onnx", (g, x) => g.Node("Add", [g.Weight(2, 3, 1, 4, 1, 1), x])), options))
        {
            var (prediction, maps) = classifier.Explain(image, top: 4);
            for (var i = 1; i < 4; i++)
            {
                double Logit(int k) => maps[k].Values.ToArray().Average() + maps[k].Bias;
                Assert.Equal(Math.Log(prediction.Top[0].Probability / prediction.Top[i].Probability), Logit(0) - Logit(i), 1e-4);
            }
        }
        using var other = DlaClassifier.Open(Foreign("other.onnx", (g, x) => g.Node("Add", [x, g.Relu(x)])), options);
        Assert.False(other.CanExplain);
        Assert.Contains("not a linear layer", Assert.Throws<NotSupportedException>(() => other.Explain(image)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_features_the_error_says_how_to_export_them()
    {
        using var classifier = DlaClassifier.Open(Export(DlaVariant.Dla46C, new DlaExportOptions(), 4, 64));
        var error = Assert.Throws<NotSupportedException>(() => classifier.Explain(CalibrationImages.Bitmap(2, 80)));
        Assert.Contains("--outputs logits,features", error.Message, StringComparison.Ordinal);
    }
}
