using System.Text.Json;
using Dla.MLNet;
using Dla.Models;
using Dla.Tests;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Dla.Export.Tests;

public sealed class ExportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dla-export-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File(string name) => Path.Combine(_folder, name);

    private static readonly ImagePreprocessing Small = new() { ResizeShortSide = 64, CropSize = 64 };

    private static DlaModelCard Card(DlaNetwork network) => new() { Variant = network.Variant.Name, Preprocessing = Small };

    public static TheoryData<string> Variants => new(DlaVariant.All.Select(v => v.Name));

    [Theory, MemberData(nameof(Variants))]
    public void Every_variant_exports_and_equals_its_module(string name)
    {
        using var network = new DlaNetwork(DlaVariant.Parse(name), new DlaNetworkOptions { NumClasses = 7 });
        var report = DlaExporter.Export(network, Card(network), File("m.onnx"));
        Assert.True(report.Verification.RelativeDifference <= 1e-4, $"{report.Verification.RelativeDifference:g3}");
        Assert.Equal(1.0, report.Verification.Top1Agreement);
        Assert.Equal(new FileInfo(File("m.onnx")).Length, report.Bytes);
    }

    [Theory]
    [InlineData("dla34", 38, 12, 33, 6, 6)]
    [InlineData("dla169", 169, 69, 164, 23, 6)]
    public void Batch_norms_are_folded_and_nothing_else_is_added(string name, int conv, int add, int relu, int concat, int maxPool)
    {
        using var network = new DlaNetwork(DlaVariant.Parse(name), new DlaNetworkOptions { NumClasses = 1000 });
        var counts = DlaExporter.Export(network, Card(network), File("m.onnx")).NodeCounts;
        Assert.Equal(new Dictionary<string, int>
        {
            ["Add"] = add, ["Concat"] = concat, ["Conv"] = conv, ["Flatten"] = 1, ["GlobalAveragePool"] = 1, ["MaxPool"] = maxPool, ["Relu"] = relu,
        }, counts);
    }

    public static TheoryData<string> References => new(Directory.EnumerateFiles(Folder, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)!).Order());

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "networks");

    [Theory, MemberData(nameof(References))]
    public void The_file_gives_the_logits_of_the_float64_reference(string name)
    {
        using var scope = NewDisposeScope();
        using var network = new DlaNetwork(DlaVariant.Parse(name));
        using (no_grad())
            foreach (var (key, value) in network.state_dict())
                value.copy_(tensor(WeightRecipe.Weights(key, value.shape)).reshape(value.shape));
        DlaExporter.Export(network, Card(network), File("m.onnx"), new DlaExportOptions { DynamicSize = true });
        using var session = new InferenceSession(File("m.onnx"));
        using var json = JsonDocument.Parse(System.IO.File.ReadAllText(Path.Combine(Folder, name + ".json")));
        foreach (var reference in json.RootElement.GetProperty("cases").EnumerateArray())
        {
            var shape = reference.GetProperty("shape").Deserialize<long[]>()!;
            var pixels = WeightRecipe.Input(reference.GetProperty("input").GetString()!, shape.Aggregate((a, b) => a * b));
            using var input = OrtValue.CreateTensorValueFromMemory(pixels, shape);
            using var results = session.Run(new RunOptions(), ["pixels"], [input], ["logits"]);
            var expected = reference.GetProperty("logits").Deserialize<double[][]>()!.SelectMany(r => r).ToArray();
            var worst = expected.Zip(results[0].GetTensorDataAsSpan<float>().ToArray(), (e, a) => Math.Abs(e - a)).Max() / expected.Max(Math.Abs);
            Assert.True(worst < 1e-5, $"largest difference {worst:g3} of the largest logit");
        }
    }

    [Fact]
    public void The_report_tells_how_far_file_and_module_are_from_float64()
    {
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 5 });
        var weight = network.Head!.weight;
        var handle = weight.Handle;
        using var before = weight.clone();
        var full = DlaExporter.Export(network, Card(network), File("m.onnx")).Verification;
        Assert.InRange(full.FileError, 1e-9, 1e-5);
        Assert.InRange(full.ModuleError, 1e-9, 1e-5);
        var half = DlaExporter.Export(network, Card(network), File("half.onnx"), new DlaExportOptions { Precision = DlaPrecision.Float16 }).Verification;
        Assert.InRange(half.FileError, 1e-5, 1e-2);
        Assert.Equal(full.ModuleError, half.ModuleError);
        Assert.All(network.parameters(), p => Assert.Equal(ScalarType.Float32, p.dtype));
        Assert.Equal(handle, network.Head.weight.Handle);   // an optimizer may hold it
        Assert.True(before.equal(weight).all().item<bool>());
    }

    [Theory]
    [InlineData(DlaPrecision.Float32)]
    [InlineData(DlaPrecision.Float16)]
    public void Every_initializer_is_used_and_every_node_bears_its_module_s_name(DlaPrecision precision)
    {
        using var network = new DlaNetwork(DlaVariant.Dla34, new DlaNetworkOptions { NumClasses = 5 });
        var options = new DlaExportOptions { Precision = precision, EmbedPreprocessing = true,
            Outputs = DlaOutputs.Logits | DlaOutputs.Probabilities | DlaOutputs.Embedding | DlaOutputs.Features };
        DlaExporter.Export(network, Card(network), File("m.onnx"), options);
        var model = Dla.Export.Onnx.ModelProto.Parser.ParseFrom(System.IO.File.ReadAllBytes(File("m.onnx")));
        Assert.Equal((8, 17), (model.IrVersion, Assert.Single(model.OpsetImport).Version));
        Assert.Equal(DlaModelCard.MetadataKey, Assert.Single(model.MetadataProps).Key);
        var graph = model.Graph;
        var batch = Assert.Single(graph.Input).Type.TensorType.Shape.Dim[0];
        Assert.Equal(("image", "logits", "batch"), (graph.Input[0].Name, graph.Output[0].Name, batch.DimParam));
        var used = graph.Node.SelectMany(n => n.Input).ToHashSet();
        Assert.All(graph.Initializer, i => Assert.Contains(i.Name, used));
        Assert.All(graph.Node, n => Assert.StartsWith("/", n.Name, StringComparison.Ordinal));
        Assert.Contains(graph.Node, n => n.Name == "/level3/tree1/root/conv");
    }

    [Theory]
    [InlineData(1, 3, 17)]
    [InlineData(10_000, 3, 21)]
    [InlineData(3, 1, 19)]
    [InlineData(3, 4, 18)]
    public void Classes_channels_and_opsets_are_free(int classes, int channels, int opset)
    {
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = classes, InputChannels = channels });
        var card = new DlaModelCard { Preprocessing = new ImagePreprocessing { ResizeShortSide = 32, CropSize = 32 } };
        Assert.True(DlaExporter.Export(network, card, File("m.onnx"), new DlaExportOptions { Opset = opset }).Verification.Passed);
    }

    [Fact]
    public void Every_output_and_embedded_preprocessing_equal_the_module()
    {
        using var network = new DlaNetwork(DlaVariant.Dla60Res2Net, new DlaNetworkOptions { NumClasses = 5 });
        var outputs = DlaOutputs.Logits | DlaOutputs.Probabilities | DlaOutputs.Embedding | DlaOutputs.Features;
        var report = DlaExporter.Export(network, Card(network), File("m.onnx"),
            new DlaExportOptions { Outputs = outputs, EmbedPreprocessing = true, DynamicSize = true });
        Assert.Equal(["embedding", "features", "logits", "probabilities"], report.Verification.Cases.Select(c => c.Output).Distinct().Order());
        Assert.Equal(4, report.Verification.Cases.Select(c => string.Join(',', c.InputShape)).Distinct().Count());
        using var session = new InferenceSession(File("m.onnx"));
        Assert.Equal(typeof(byte), session.InputMetadata["image"].ElementType);
    }

    [Fact]
    public void Without_a_head_the_embedding_is_the_output()
    {
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 0 });
        var report = DlaExporter.Export(network, Card(network), File("m.onnx"));
        Assert.All(report.Verification.Cases, c => Assert.Equal("embedding", c.Output));
    }

    [Fact]
    public void Half_precision_halves_the_file_and_stays_close()
    {
        using var network = new DlaNetwork(DlaVariant.Dla34, new DlaNetworkOptions { NumClasses = 100 });
        var full = DlaExporter.Export(network, Card(network), File("full.onnx"));
        var half = DlaExporter.Export(network, Card(network), File("half.onnx"),
            new DlaExportOptions { Precision = DlaPrecision.Float16, Outputs = DlaOutputs.Logits | DlaOutputs.Embedding | DlaOutputs.Probabilities });
        Assert.InRange((double)half.Bytes / full.Bytes, 0.45, 0.55);
        Assert.InRange(half.Verification.RelativeDifference, 0, 2e-3);
    }

    [Fact]
    public void The_same_network_gives_the_same_bytes()
    {
        using var network = new DlaNetwork(DlaVariant.Dla46XC, new DlaNetworkOptions { NumClasses = 3 });
        DlaExporter.Export(network, Card(network), File("a.onnx"));
        DlaExporter.Export(network, Card(network), File("b.onnx"));
        Assert.Equal(System.IO.File.ReadAllBytes(File("a.onnx")), System.IO.File.ReadAllBytes(File("b.onnx")));
    }

    [Fact]
    public void The_card_is_in_the_file_and_the_mode_of_the_network_is_kept()
    {
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 2 });
        network.train();
        var card = Card(network) with { ClassNames = ["cat", "dog"] };
        DlaExporter.Export(network, card, File("m.onnx"));
        Assert.True(network.training);
        using var session = new InferenceSession(File("m.onnx"));
        Assert.Equal(card.ToJson(), DlaModelCard.Parse(session.ModelMetadata.CustomMetadataMap[DlaModelCard.MetadataKey]).ToJson());
    }

    [Fact]
    public void A_mismatch_fails_and_leaves_no_file()
    {
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 2 });
        var error = Assert.Throws<DlaVerificationException>(() =>
            DlaExporter.Export(network, Card(network), File("m.onnx"), new DlaExportOptions { Tolerance = 0 }));
        Assert.False(error.Report.Passed);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void Another_network_does_not_verify()
    {
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 2, Seed = 1 });
        using var other = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 2, Seed = 2 });
        DlaExporter.Export(network, Card(network), File("m.onnx"));
        Assert.True(DlaVerifier.Verify(File("m.onnx"), network, Small).Passed);
        Assert.False(DlaVerifier.Verify(File("m.onnx"), other, Small).Passed);
    }

    [Fact]
    public void Overflow_in_half_precision_is_a_failure_not_a_file()
    {
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 2 });
        using (no_grad()) network.Head!.weight.mul_(1e7);
        Assert.Throws<DlaVerificationException>(() => DlaExporter.Export(network, Card(network), File("m.onnx"),
            new DlaExportOptions { Precision = DlaPrecision.Float16 }));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void Overflow_inside_the_network_is_found_although_the_outputs_agree_on_a_processor()
    {
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 2 });
        using (no_grad())
        {
            var values = network.state_dict();
            values["base_layer.1.weight"].mul_(90_000);   // more than float16 holds; the next two layers take it back
            values["level0.0.weight"].mul_(1 / 300.0);
            values["level1.0.weight"].mul_(1 / 300.0);
        }
        DlaExporter.Export(network, Card(network), File("single.onnx"));
        var error = Assert.Throws<DlaVerificationException>(() =>
            DlaExporter.Export(network, Card(network), File("half.onnx"), new DlaExportOptions { Precision = DlaPrecision.Float16 }));
        Assert.Contains("overflows in float16", error.Message, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(File("half.onnx")));
    }

    [Fact]
    public void Top_1_agreement_is_that_of_the_class_scores_by_their_images()
    {
        DlaVerificationCase Case(string output, long images, double agreement, bool isScore) =>
            new(output, [images, 3, 64, 64], 0, 0, 1, agreement) { IsScore = isScore };
        var report = new DlaVerificationReport([Case("logits", 1, 1, true), Case("logits", 3, 1 / 3.0, true), Case("embedding", 1, 1, false)], 1e-4);
        Assert.Equal(0.5, report.Top1Agreement, 1e-12);
        Assert.Equal(1, (report with { Cases = [Case("features", 1, 1, false)] }).Top1Agreement);
    }

    [Fact]
    public void Features_alone_need_no_average()
    {
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 2 });
        var report = DlaExporter.Export(network, Card(network), File("m.onnx"), new DlaExportOptions { Outputs = DlaOutputs.Features });
        Assert.DoesNotContain("GlobalAveragePool", report.NodeCounts.Keys);
    }

    [Fact]
    public void What_does_not_fit_is_refused_before_anything_is_written()
    {
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 2 });
        using var headless = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 0 });
        void Refused(string part, Func<object> export) => Assert.Contains(part, Assert.ThrowsAny<ArgumentException>(export).Message, StringComparison.Ordinal);
        Refused("names 1 classes", () => DlaExporter.Export(network, Card(network) with { ClassNames = ["cat"] }, File("m.onnx")));
        Refused("Opset 16", () => DlaExporter.Export(network, Card(network), File("m.onnx"), new DlaExportOptions { Opset = 16 }));
        Refused("batch size is 0", () => DlaExporter.Export(network, Card(network), File("m.onnx"), new DlaExportOptions { BatchSize = 0 }));
        Refused("no head", () => DlaExporter.Export(headless, Card(headless), File("m.onnx"), new DlaExportOptions { Outputs = DlaOutputs.Logits }));
        Refused("multiples of 32", () => DlaExporter.Export(network, Card(network) with { Preprocessing = new ImagePreprocessing { CropSize = 100 } },
            File("m.onnx")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void Weights_above_two_gigabytes_are_refused_before_they_are_copied()
    {
        using var network = new DlaNetwork(DlaVariant.Dla34, new DlaNetworkOptions { NumClasses = 2_000_000, ShapesOnly = true });
        var error = Assert.Throws<NotSupportedException>(() => DlaExporter.Export(network, Card(network), File("m.onnx")));
        Assert.Contains("external data", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void A_file_that_is_no_model_is_refused()
    {
        System.IO.File.WriteAllText(File("m.onnx"), "<html>not found</html>");
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 2 });
        Assert.Contains("m.onnx", Assert.Throws<InvalidDataException>(() => DlaVerifier.Verify(File("m.onnx"), network, Small)).Message,
            StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => DlaVerifier.Verify(File("none.onnx"), network, Small));
    }
}
