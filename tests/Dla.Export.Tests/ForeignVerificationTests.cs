using Dla.Export.Onnx;
using Dla.MLNet;
using Dla.Models;
using Dla.Tests;
using static TorchSharp.torch;

namespace Dla.Export.Tests;

/// <summary>Verification of files that PyTorch's exporter writes: batch norms as nodes, numbered tensors, names of its own, no card.</summary>
public sealed class ForeignVerificationTests : IDisposable
{
    private static readonly ImagePreprocessing Small = new() { ResizeShortSide = 64, CropSize = 64 };
    private readonly TemporaryFolder _folder = new();
    private readonly DlaNetwork _network = new(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 5 });

    public ForeignVerificationTests()
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        foreach (var (key, value) in _network.state_dict()) value.copy_(tensor(WeightRecipe.Weights(key, value.shape)).reshape(value.shape));
    }

    public void Dispose()
    {
        _network.Dispose();
        _folder.Dispose();
    }

    /// <summary>The network with its batch norms unfolded, as torch.onnx.export writes it in training-preserving mode.</summary>
    private string Write(string input = "input.1", string output = "537", long? batch = null, bool secondOutput = false)
    {
        using var scope = NewDisposeScope();
        var outputs = DlaOutputs.Logits | (secondOutput ? DlaOutputs.Embedding : DlaOutputs.None);
        var model = DlaModel.Build(_network, new DlaModelCard { Preprocessing = Small }, new DlaExportOptions { Outputs = outputs, BatchSize = (int?)batch });
        var graph = model.Graph;
        var state = _network.state_dict();
        TensorProto Tensor(string key) => OnnxTensors.Create(key, state[key].contiguous().data<float>().ToArray(), state[key].shape);
        graph.Initializer.Clear();
        foreach (var conv in graph.Node.Where(n => n.OpType == "Conv").ToList())
        {
            var key = conv.Name.TrimStart('/').Replace('/', '.');
            graph.Initializer.Add(Tensor(key + ".weight"));
            if (key == "fc")
            {
                graph.Initializer.Add(Tensor("fc.bias"));
                continue;
            }
            conv.Input.RemoveAt(2);
            var norm = key.EndsWith(".0", StringComparison.Ordinal)
                ? key[..^2] + ".1" : key[..key.LastIndexOf('.')] + ".bn" + key[(key.LastIndexOf('.') + 5)..];
            var names = new[] { "weight", "bias", "running_mean", "running_var" }.Select(n => $"{norm}.{n}").ToList();
            graph.Initializer.Add(names.Select(Tensor));
            var result = conv.Output[0];
            conv.Output[0] = result + "/bare";
            graph.Node.Insert(graph.Node.IndexOf(conv) + 1, new NodeProto { OpType = "BatchNormalization", Input = { conv.Output[0] }, Output = { result },
                Attribute = { new AttributeProto { Name = "epsilon", Type = AttributeProto.Types.AttributeType.Float, F = 1e-5f } } });
            graph.Node[graph.Node.IndexOf(conv) + 1].Input.Add(names);
        }
        Anonymise(model, new Dictionary<string, string> { ["pixels"] = input, ["logits"] = output, ["embedding"] = "538" });
        OnnxFile.Write(model, _folder.File("pytorch.onnx"));
        return _folder.File("pytorch.onnx");
    }

    private static void Anonymise(ModelProto model, Dictionary<string, string> names)
    {
        var graph = model.Graph;
        foreach (var tensor in graph.Node.SelectMany(n => n.Output)) names.TryAdd(tensor, $"{names.Count + 100}");
        graph.ValueInfo.Clear();
        model.MetadataProps.Clear();
        model.ProducerName = "pytorch";
        foreach (var value in graph.Input.Concat(graph.Output)) value.Name = names[value.Name];
        foreach (var node in graph.Node)
        {
            node.Name = "";
            for (var i = 0; i < node.Input.Count; i++) node.Input[i] = names.GetValueOrDefault(node.Input[i], node.Input[i]);
            for (var i = 0; i < node.Output.Count; i++) node.Output[i] = names[node.Output[i]];
        }
    }

    [Fact]
    public void Batch_norms_and_other_names_are_no_obstacle()
    {
        var report = DlaVerifier.Verify(Write(), _network, Small);
        Assert.True(report.Passed, $"{report.RelativeDifference:g3}");
        Assert.InRange(report.RelativeDifference, 0, 1e-5);
        Assert.Equal(2, report.Cases.Count);
    }

    [Fact]
    public void A_fixed_batch_is_run_as_it_is()
    {
        var report = DlaVerifier.Verify(Write(batch: 4), _network, new ImagePreprocessing());
        Assert.Equal([4, 3, 64, 64], Assert.Single(report.Cases).InputShape);
        Assert.True(report.Passed);
    }

    [Fact]
    public void Several_outputs_of_other_names_are_told_by_their_shapes()
    {
        var report = DlaVerifier.Verify(Write(secondOutput: true), _network, Small);
        Assert.Equal(["537", "538"], report.Cases.Select(c => c.Output).Distinct());
        Assert.True(report.Passed);
    }

    [Fact]
    public void A_single_changed_weight_is_found()
    {
        var path = Write();
        var model = OnnxFile.Read(path);
        var weight = model.Graph.Initializer.First(i => i.Name == "level3.tree1.root.conv.weight");
        var values = OnnxTensors.Floats(weight);
        values[7] += 1;
        weight.RawData = OnnxTensors.Create("", values, values.Length).RawData;
        OnnxFile.Write(model, path);
        Assert.False(DlaVerifier.Verify(path, _network, Small).Passed);
    }

    [Fact]
    public void The_same_file_is_quantized_like_ours()
    {
        var report = DlaQuantizer.Quantize(Write(), _folder.File("int8.onnx"), CalibrationImages.Take(6), new DlaQuantizationOptions { Preprocessing = Small });
        Assert.Empty(report.FloatInOptimizedGraph);
        Assert.InRange(report.Snr, 15, 60);
    }

    [Fact]
    public void Other_inputs_are_refused()
    {
        var model = OnnxFile.Read(Write());
        model.Graph.Input.Add(new ValueInfoProto { Name = "mask", Type = model.Graph.Input[0].Type.Clone() });
        OnnxFile.Write(model, _folder.File("two.onnx"));
        Assert.Contains("mask", Assert.Throws<InvalidDataException>(() => DlaVerifier.Verify(_folder.File("two.onnx"), _network, Small)).Message,
            StringComparison.Ordinal);
        using var gray = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 5, InputChannels = 1 });
        Assert.Contains("[N, 1, H, W]", Assert.Throws<InvalidDataException>(() => DlaVerifier.Verify(_folder.File("pytorch.onnx"), gray, Small)).Message,
            StringComparison.Ordinal);
    }
}
