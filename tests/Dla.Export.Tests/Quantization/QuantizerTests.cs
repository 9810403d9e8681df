using Dla.Export.Onnx;
using Dla.MLNet;
using Dla.Models;
using Microsoft.ML.OnnxRuntime;

namespace Dla.Export.Tests;

public sealed class QuantizerTests(CompactModel compact) : IClassFixture<CompactModel>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Export(DlaVariant variant, DlaExportOptions? options = null, int classes = 10) =>
        CompactModel.Export(variant, _folder.File($"{variant.Name}.onnx"), options, classes);

    private DlaQuantizationReport Quantize(string model, DlaQuantizationOptions? options = null, int images = 12) =>
        DlaQuantizer.Quantize(model, _folder.File("int8.onnx"), CalibrationImages.Take(images), options);

    [Theory]
    [InlineData("dla34", 37, 12, 7)]   // one concatenation is that of the image's shifted columns
    [InlineData("dla46x_c", 48, 12, 7)]
    public void Nothing_of_a_dla_network_is_left_in_float(string variant, int conv, int add, int concat)
    {
        var report = Quantize(Export(DlaVariant.Parse(variant)));
        Assert.Empty(report.FloatInOptimizedGraph);
        Assert.Equal((conv, 1, add, concat, 1), (report.OptimizedNodes["QLinearConv"], report.OptimizedNodes["QGemm"], report.OptimizedNodes["QLinearAdd"],
            report.OptimizedNodes["QLinearConcat"], report.OptimizedNodes["QuantizeLinear"]));
        Assert.Empty(report.OptimizedNodes.Keys.Intersect(["Conv", "FusedConv", "Relu", "Add", "Concat", "DequantizeLinear", "MaxPool"]));
        Assert.InRange(report.Bytes / (double)report.FloatBytes, 0.2, 0.36);
        Assert.InRange(report.Snr, 25, 60);
        Assert.All(report.Layers, l => Assert.Null(l.Float));
        Assert.All(report.Layers.Where(l => l.OwnSnr is not null), l => Assert.InRange(l.OwnSnr!.Value, 20, 80));
    }

    [Fact]
    public void Res2net_blocks_keep_their_splits_in_bytes()
    {
        var report = Quantize(Export(DlaVariant.Dla60Res2Net), images: 4);
        Assert.Empty(report.FloatInOptimizedGraph);
        Assert.InRange(report.Snr, 20, 60);
    }

    [Fact]
    public void Batches_and_single_images_give_the_same_logits()
    {
        var report = Quantize(compact.Path);
        using var session = new InferenceSession(report.Path);
        float[] Run(long n)
        {
            var pixels = Enumerable.Range(0, (int)n).SelectMany(_ => new Random(5).GetItems([-1f, 0f, 0.5f, 2f], 3 * 64 * 64)).ToArray();
            using var input = OrtValue.CreateTensorValueFromMemory(pixels, [n, 3, 64, 64]);
            using var results = session.Run(new RunOptions(), ["pixels"], [input], ["logits"]);
            return results[0].GetTensorDataAsSpan<float>().ToArray();
        }
        var one = Run(1);
        Assert.Equal(10, one.Length);
        Assert.Equal([.. one, .. one, .. one], Run(3));
    }

    [Fact]
    public void The_card_says_how_it_was_quantized()
    {
        var report = Quantize(compact.Path, new DlaQuantizationOptions { KeepFloat = ["first"], Method = DlaCalibrationMethod.MinMax });
        using var session = new InferenceSession(report.Path);
        var card = DlaModelCard.Parse(session.ModelMetadata.CustomMetadataMap[DlaModelCard.MetadataKey]);
        Assert.Equal(10, card.ClassNames.Count);
        Assert.Equal(CompactModel.Preprocessing, card.Preprocessing);
        Assert.NotNull(card.Quantization);
        Assert.Equal(("MinMax", 12), (card.Quantization.Calibration, card.Quantization.CalibrationImages));
        Assert.Contains("/base_layer/0", card.Quantization.KeptFloat);
    }

    [Fact]
    public void What_was_measured_of_the_float_model_is_not_claimed_of_the_quantized_one()
    {
        using var folder = new TemporaryFolder();
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 3 });
        var card = new DlaModelCard { Preprocessing = CompactModel.Preprocessing,
            Training = new DlaTrainingRecord { Epochs = 2, MeasuredOn = "the test set", Top1 = 0.5 } };
        DlaExporter.Export(network, card, folder.File("float.onnx"));
        var path = DlaQuantizer.Quantize(folder.File("float.onnx"), folder.File("int8.onnx"), CalibrationImages.Take(2),
            new DlaQuantizationOptions { Method = DlaCalibrationMethod.MinMax }).Path;
        var training = DlaModelCard.Load(path)!.Training!;
        Assert.Equal((2, "the test set, in float before quantization", 0.5), (training.Epochs, training.MeasuredOn, training.Top1));
    }

    [Fact]
    public void The_same_images_give_the_same_bytes()
    {
        var model = compact.Path;
        var first = File.ReadAllBytes(Quantize(model).Path);
        Assert.Equal(first, File.ReadAllBytes(Quantize(model).Path));
    }

    [Fact]
    public void The_best_method_is_the_one_with_the_least_noise_in_the_logits()
    {
        var report = Quantize(compact.Path);
        Assert.Equal([DlaCalibrationMethod.MinMax, DlaCalibrationMethod.Percentile, DlaCalibrationMethod.MeanSquaredError],
            report.Trials.Select(t => t.Method));
        Assert.Equal(report.Trials.MaxBy(t => t.Snr)!.Method, report.Method);
        Assert.Equal(report.Trials.Max(t => t.Snr), report.Snr);
    }

    [Fact]
    public void Layers_are_kept_float_by_place_and_by_name()
    {
        var report = Quantize(compact.Path, new DlaQuantizationOptions { KeepFloat = ["first", "last", "/level3/tree1", "/level4/tree2/root/conv"],
            Method = DlaCalibrationMethod.MinMax });
        var kept = report.Layers.Where(l => l.Float == "kept float").Select(l => l.Name).ToList();
        Assert.Contains("/base_layer/0", kept);
        Assert.Contains("/fc", kept);
        Assert.Contains("/level4/tree2/root/conv", kept);
        Assert.Contains("/level3/tree1/tree2/conv1", kept);
        Assert.DoesNotContain(kept, n => n.StartsWith("/level3/tree2/", StringComparison.Ordinal));
        Assert.NotEmpty(report.FloatInOptimizedGraph);
        Assert.InRange(report.Snr, 25, 80);
        var error = Assert.Throws<ArgumentException>(() => Quantize(compact.Path, new DlaQuantizationOptions { KeepFloat = ["/level9"] }));
        Assert.Contains("'/level9'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bias_correction_lessens_the_noise()
    {
        var model = Export(DlaVariant.Dla34);
        var with = Quantize(model, new DlaQuantizationOptions { Method = DlaCalibrationMethod.MinMax });
        var without = Quantize(model, new DlaQuantizationOptions { Method = DlaCalibrationMethod.MinMax, CorrectBias = false });
        Assert.True(with.Snr > without.Snr, $"{with.Snr:f2} dB with, {without.Snr:f2} dB without");
    }

    [Fact]
    public void Noisy_layers_stay_float_until_the_target_is_met()
    {
        var model = Export(DlaVariant.Dla46C, classes: 200);
        var all = Quantize(model, new DlaQuantizationOptions { WeightRange = DlaWeightRange.Reduced, CorrectBias = false,
            Method = DlaCalibrationMethod.Percentile, Percentile = 90 }, images: 40);
        Assert.True(all.Agreement < 0.99, $"agreement {all.Agreement}: this test needs a model that loses something");
        var report = Quantize(model, new DlaQuantizationOptions { WeightRange = DlaWeightRange.Reduced, CorrectBias = false,
            Method = DlaCalibrationMethod.Percentile, Percentile = 90, TargetAgreement = 0.99 }, images: 40);
        Assert.True(report.Agreement >= 0.99, $"agreement {report.Agreement}");
        Assert.Contains(report.Layers, l => l.Float == "kept float");
    }

    [Fact]
    public void Embedding_and_features_stay_outputs_and_the_averages_stay_float()
    {
        const DlaOutputs Everything = DlaOutputs.Logits | DlaOutputs.Probabilities | DlaOutputs.Embedding | DlaOutputs.Features;
        var report = Quantize(Export(DlaVariant.Dla46C, new DlaExportOptions { Outputs = Everything }));
        using var session = new InferenceSession(report.Path);
        Assert.Equal(["logits", "probabilities", "embedding", "features"], session.OutputNames);
        Assert.Contains(report.Layers, l => l is { Operator: "GlobalAveragePool", Float: not null });
        Assert.Contains(report.FloatOperators, f => f.Operator == "Softmax" && f.Nodes.SequenceEqual(["/softmax"]));
        Assert.Equal(0, report.OptimizedNodes.GetValueOrDefault("Conv"));
    }

    [Fact]
    public void A_model_that_takes_bytes_and_any_size_is_calibrated_on_bytes()
    {
        var report = Quantize(Export(DlaVariant.Dla46C, new DlaExportOptions { EmbedPreprocessing = true, DynamicSize = true }));
        Assert.Equal(0, report.OptimizedNodes.GetValueOrDefault("Conv"));
        Assert.InRange(report.Snr, 25, 60);
        using var session = new InferenceSession(report.Path);
        Assert.Equal(typeof(byte), session.InputMetadata["image"].ElementType);
    }

    [Fact]
    public void A_fixed_batch_stays_fixed()
    {
        var report = Quantize(Export(DlaVariant.Dla46C, new DlaExportOptions { BatchSize = 2 }), images: 4);
        using var session = new InferenceSession(report.Path);
        Assert.Equal([2, 3, 64, 64], session.InputMetadata["pixels"].Dimensions);
        Assert.InRange(report.Snr, 25, 60);
    }

    [Fact]
    public void Bad_input_gives_an_error_and_no_file()
    {
        var model = compact.Path;
        var half = Export(DlaVariant.Dla46XC, new DlaExportOptions { Precision = DlaPrecision.Float16 });
        var int8 = Quantize(model, new DlaQuantizationOptions { Method = DlaCalibrationMethod.MinMax }, images: 1).Path;
        var before = Directory.GetFiles(_folder.Path).Order().ToArray();
        void Refused<T>(string part, string from, IEnumerable<ReadOnlyMemory<byte>> images, DlaQuantizationOptions? options = null) where T : Exception
        {
            var error = Assert.ThrowsAny<T>(() => DlaQuantizer.Quantize(from, _folder.File("out.onnx"), images, options));
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
            Assert.Equal(before, Directory.GetFiles(_folder.Path).Order());
        }
        Refused<ArgumentException>("no calibration images", model, []);
        Refused<InvalidDataException>("Calibration image 2", model, [CalibrationImages.Bitmap(0, 64), "no image"u8.ToArray()]);
        Refused<NotSupportedException>("quantized already", int8, CalibrationImages.Take(1));
        Refused<NotSupportedException>("16-bit float", half, CalibrationImages.Take(1));
        Refused<FileNotFoundException>("none.onnx", _folder.File("none.onnx"), CalibrationImages.Take(1));
        Refused<ArgumentException>("64×64 pixels", model, CalibrationImages.Take(1), new DlaQuantizationOptions { Preprocessing = new ImagePreprocessing() });
        Refused<ArgumentException>("percentile", model, CalibrationImages.Take(1), new DlaQuantizationOptions { Percentile = 100 });
        Refused<ArgumentException>("target agreement", model, CalibrationImages.Take(1), new DlaQuantizationOptions { TargetAgreement = 99 });
    }

    [Fact]
    public void Cancelling_leaves_no_file()
    {
        var model = compact.Path;
        using var cancel = new CancellationTokenSource();
        IEnumerable<ReadOnlyMemory<byte>> Images()
        {
            for (var i = 0; ; i++)
            {
                if (i == 20) cancel.Cancel();
                yield return CalibrationImages.Bitmap(i, 64);
            }
        }
        Assert.ThrowsAny<OperationCanceledException>(() => DlaQuantizer.Quantize(model, _folder.File("int8.onnx"), Images(), cancel: cancel.Token));
        Assert.True(_folder.IsEmpty);
    }

    [Fact]
    public void The_file_names_its_tensors_and_has_no_unused_weights()
    {
        var model = OnnxFile.Read(Quantize(compact.Path).Path);
        var index = new OnnxGraph(model.Graph);
        Assert.All(model.Graph.Initializer, i => Assert.NotEmpty(index.Consumers(i.Name)));
        Assert.Equal(model.Graph.Node.Count, model.Graph.Node.Select(n => n.Name).Distinct().Count());
        Assert.Contains(model.Graph.Node, n => n.Name == "/level3/tree1/root/conv");
        Assert.All(model.Graph.Node.Where(n => n.OpType == "QuantizeLinear" && n.Name.Contains("relu", StringComparison.Ordinal)),
            q => Assert.Equal(0, index.Constant(q.Input[2])!.RawData[0]));
    }
}
