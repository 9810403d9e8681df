using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune.Tests;

/// <summary>Numbers and memory that run out while a network is trained.</summary>
[Collection("torch")]
public sealed class TrainingFailureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_epoch_with_an_infinite_validation_loss_is_the_worst_and_the_run_continues()
    {
        using var network = TinyImages.Network(4);
        var workspace = new TrainingWorkspace(_folder.File("run"));
        // Finite statistics that no epoch of training gives: each norm then multiplies by 316 when the network is measured.
        var spoil = new StepMonitor(s => Fill(network, "running_var", s.Step == 4 ? 0 : null));
        var result = DlaTrainer.Train(network, new TinyImages(64, 4), new TinyImages(24, 4, seed: 9), TinyImages.Preprocessing,
            TinyImages.Recipe with { EmaDecay = 0, Epochs = 8, LearningRate = 0.005 }, workspace, spoil);
        Assert.True(result.Completed);
        Assert.False(double.IsFinite(result.Epochs[0].Validation!.Loss));
        Assert.True(double.IsFinite(result.Best!.Validation!.Loss));
        Assert.Equal(8, File.ReadLines(workspace.Log).Count());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_network_that_gives_no_numbers_in_the_end_is_an_error_before_its_export(bool validate)
    {
        using var network = TinyImages.Network(4);
        var data = new TinyImages(64, 4);
        var options = TinyImages.Recipe with { EmaDecay = 0, Epochs = 1, BatchSize = 64 };
        var result = DlaTrainer.Train(network, data, validate ? new TinyImages(24, 4, seed: 9) : null, TinyImages.Preprocessing, options,
            monitor: new StepMonitor(_ => Fill(network, "running_var", 0)));
        var message = Assert.Throws<TrainingDivergedException>(() => DlaTrainedModel.Export(network, data, TinyImages.Preprocessing, options, result,
            "random weights", null, _folder.File("model.onnx"))).Message;
        Assert.False(File.Exists(_folder.File("model.onnx")));
        Assert.Contains("output is infinite or NaN", message, StringComparison.Ordinal);
        Assert.Contains("Train for more steps", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_little_memory_is_an_error_that_names_the_options()
    {
        using var network = TinyImages.Network(4);
        var message = Assert.Throws<InsufficientMemoryException>(() => DlaTrainer.Train(network, new TinyImages(64, 4), null,
            TinyImages.Preprocessing, TinyImages.Recipe, monitor: new StepMonitor(_ => Allocate()))).Message;
        Assert.Contains("batches of 16 images of 32 × 32 pixels", message, StringComparison.Ordinal);
        Assert.Contains("bytes could not be allocated", message, StringComparison.Ordinal);
        Assert.Contains("BatchSize", message, StringComparison.Ordinal);
        Assert.Contains("AccumulationSteps", message, StringComparison.Ordinal);

        static void Allocate() => empty(1L << 50).Dispose();   // 4 PB
    }

    private static void Fill(DlaNetwork network, string suffix, double? value)
    {
        if (value is not { } number) return;
        using var untracked = no_grad();
        foreach (var (name, tensor) in network.state_dict())
            if (name.EndsWith(suffix, StringComparison.Ordinal)) tensor.fill_(number);
    }
}
