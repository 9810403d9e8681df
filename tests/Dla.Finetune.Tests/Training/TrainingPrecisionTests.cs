using System.Text.RegularExpressions;
using Dla.MLNet;
using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune.Tests;

[Collection("torch")]
public sealed class TrainingPrecisionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static DlaTrainingResult Train(DlaNetwork network, TrainingPrecision precision, TrainingWorkspace? workspace = null, int epochs = 1) =>
        DlaTrainer.Train(network, new TinyImages(32, 4), null, TinyImages.Preprocessing, TinyImages.Recipe with { Epochs = epochs, Precision = precision },
            workspace);

    private static DlaTrainingResult Train(TrainingPrecision precision, TrainingWorkspace? workspace = null, int epochs = 1)
    {
        using var network = TinyImages.Network(4);
        return Train(network, precision, workspace, epochs);
    }

    [Fact]
    public void Weights_gradients_statistics_and_optimizer_stay_float32_and_finite()
    {
        using var network = TinyImages.Network(4);
        var workspace = new TrainingWorkspace(_folder.File("run"));
        Assert.Equal(TrainingPrecision.BFloat16, Train(network, TrainingPrecision.BFloat16, workspace).Precision);
        var gradients = network.parameters().Select(p => p.grad!).ToList();
        Assert.Equal(network.parameters().Count(), gradients.Count);
        Assert.All(gradients.Concat(network.state_dict().Values.Where(v => v.is_floating_point())), tensor =>
        {
            Assert.Equal(ScalarType.Float32, tensor.dtype);
            Assert.True(tensor.isfinite().all().item<bool>());
        });
        Assert.Contains(gradients, g => g.abs().max().item<float>() > 0);
        using var checkpoint = Checkpoint.Open(workspace.Checkpoint);
        Assert.Equal(ScalarType.Float32, checkpoint["optimizer.momentum.fc.weight"].Read().dtype);
    }

    [Fact]
    public void The_formats_give_different_weights_near_each_other()
    {
        using var network = TinyImages.Network(4);
        using var rounded = TinyImages.Network(4);
        using var start = TinyImages.Network(4);
        Train(network, TrainingPrecision.Float32);
        Train(rounded, TrainingPrecision.BFloat16);
        double Distance(DlaNetwork a, DlaNetwork b) => (a.state_dict()["fc.weight"] - b.state_dict()["fc.weight"]).norm().item<float>();
        var moved = Distance(network, start);
        Assert.InRange(Distance(network, rounded) / moved, 1e-6, 0.3);
    }

    [Fact]
    public void A_run_goes_on_in_the_format_it_began_in_and_refuses_another()
    {
        foreach (var (began, other) in ((TrainingPrecision, TrainingPrecision)[])[(TrainingPrecision.Float32, TrainingPrecision.BFloat16),
            (TrainingPrecision.BFloat16, TrainingPrecision.Float32)])
        {
            var workspace = new TrainingWorkspace(_folder.File(began.ToString()));
            Train(began, workspace);
            Assert.Contains("has another recipe", Assert.Throws<InvalidDataException>(() => Train(other, workspace with { Resume = true }, epochs: 2)).Message,
                StringComparison.Ordinal);
            Assert.Equal(began, Train(TrainingPrecision.Auto, workspace with { Resume = true }, epochs: 2).Precision);   // whatever this processor has
        }
    }

    [Fact]
    public void Checkpoints_from_before_there_was_a_choice_are_in_float32()
    {
        var journal = new TrainingJournal { Variant = "tiny", Options = TinyImages.Recipe with { Precision = TrainingPrecision.BFloat16 }, Images = 32,
            ClassNames = ["a", "b"] };
        var old = Regex.Replace(journal.ToJson(), "\"precision\":\"[^\"]*\",", "");
        Assert.DoesNotContain("precision", old, StringComparison.Ordinal);
        Assert.Equal(TrainingPrecision.Float32, journal.Continue(old, "old.safetensors", keepPrecision: true).Options.Precision);
        Assert.Throws<InvalidDataException>(() => journal.Continue(old, "old.safetensors", keepPrecision: false));
    }

    [Fact]
    public void The_card_tells_the_format()
    {
        using var network = TinyImages.Network(4);
        var result = Train(network, TrainingPrecision.BFloat16);
        DlaTrainedModel.Export(network, new TinyImages(32, 4), TinyImages.Preprocessing, TinyImages.Recipe, result, "random weights", null,
            _folder.File("tiny.onnx"));
        Assert.Contains("bfloat16 with float32 weights", DlaModelCard.Load(_folder.File("tiny.onnx"))!.Training!.Recipe, StringComparison.Ordinal);
        Assert.Contains(", float32, seed", (TinyImages.Recipe with { Precision = TrainingPrecision.Float32 }).Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_format_is_refused()
    {
        var unknown = TinyImages.Recipe with { Precision = (TrainingPrecision)7 };
        Assert.Contains("Auto, Float32, BFloat16", Assert.Throws<ArgumentException>(unknown.Validate).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(31, 1, 0, 1 << 5, TrainingPrecision.BFloat16)]        // AVX512_BF16: Cooper Lake, Zen 4
    [InlineData(31, 2, 1 << 22, 0, TrainingPrecision.BFloat16)]       // AMX-BF16: Sapphire Rapids
    [InlineData(31, 0, 1 << 22, 0, TrainingPrecision.BFloat16)]
    [InlineData(31, 2, ~(1 << 22), ~(1 << 5), TrainingPrecision.Float32)]   // all else
    [InlineData(31, 0, 0, -1, TrainingPrecision.Float32)]             // there is no subleaf 1
    [InlineData(6, 1, -1, -1, TrainingPrecision.Float32)]             // there is no leaf 7
    public void The_processor_tells_whether_it_has_bfloat16(int leaves, int subleaves, int leaf7Edx, int subleaf1Eax, TrainingPrecision expected) =>
        Assert.Equal(expected, ProcessorPrecision.Of((leaf, subleaf) => (leaf, subleaf) switch
        {
            (0, _) => (leaves, 0, 0, 0),
            (7, 0) => (subleaves, 0, 0, leaf7Edx),
            (7, 1) => (subleaf1Eax, 0, 0, 0),
            _ => throw new ArgumentException($"leaf {leaf}, subleaf {subleaf}"),
        }));

    [Fact]
    public void Automatic_is_what_this_processor_has_and_a_choice_stays()
    {
        Assert.NotEqual(TrainingPrecision.Auto, ProcessorPrecision.Best);
        Assert.Equal(ProcessorPrecision.Best, Train(TrainingPrecision.Auto).Precision);
        Assert.Equal(TrainingPrecision.BFloat16, ProcessorPrecision.Resolve(TrainingPrecision.BFloat16));
        Assert.Equal(TrainingPrecision.Float32, ProcessorPrecision.Resolve(TrainingPrecision.Float32));
    }
}
