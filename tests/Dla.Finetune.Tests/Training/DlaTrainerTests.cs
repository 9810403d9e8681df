using System.Text.Json;
using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune.Tests;

[Collection("torch")]
public sealed class DlaTrainerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Trains a fresh tiny network and gives all its values.</summary>
    private static (Dictionary<string, float[]> Values, DlaTrainingResult Result) Train(
        DlaTrainingOptions options, TrainingWorkspace? workspace = null, ITrainingMonitor? monitor = null, bool validate = false,
        CancellationToken cancel = default)
    {
        using var network = TinyImages.Network(4, dropout: 0.2);
        var validation = validate ? new TinyImages(24, 4, seed: 9) : null;
        var result = DlaTrainer.Train(network, new TinyImages(64, 4), validation, TinyImages.Preprocessing, options, workspace, monitor, cancel);
        return (Values(network), result);
    }

    private static Dictionary<string, float[]> Values(DlaNetwork network) =>
        network.state_dict().ToDictionary(t => t.Key, t => t.Value.to(ScalarType.Float32).contiguous().data<float>().ToArray());

    private static void Same(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual)
    {
        foreach (var (name, values) in expected) Assert.True(values.AsSpan().SequenceEqual(actual[name]), $"{name} differs");
    }

    [Theory]
    [InlineData(TrainingPrecision.Float32)]
    [InlineData(TrainingPrecision.BFloat16)]
    public void A_tiny_network_learns_32_images_by_heart(TrainingPrecision precision)
    {
        using var network = TinyImages.Network(4);
        var images = new TinyImages(32, 4) { Labels = i => (i * 7 + i / 5) % 4 };   // labels that only memory gives
        var options = new DlaTrainingOptions
        {
            Epochs = 1000, Threads = 1, BatchSize = 32, Optimizer = OptimizerKind.AdamW, LearningRate = 2e-3, Schedule = LearningRateSchedule.Constant,
            WarmupFraction = 0, WeightDecay = 0, LabelSmoothing = 0, Augmentation = AugmentationOptions.None, Precision = precision,
        };
        using var stop = new CancellationTokenSource();
        var result = DlaTrainer.Train(network, images, images, TinyImages.Preprocessing, options, null, new StopWhenAllAreCorrect(stop), stop.Token);
        Assert.Equal(1.0, result.Best!.Validation!.Top1);
        Assert.InRange(DlaAccuracy.Measure(network, images, TinyImages.Preprocessing).Top1, 0.95, 1);
        Assert.False(network.training);
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.AdamW)]
    public void The_same_seed_gives_the_same_weights_whatever_the_workers_and_another_seed_others(OptimizerKind optimizer)
    {
        var options = TinyImages.Recipe with { Optimizer = optimizer, LearningRate = optimizer == OptimizerKind.Sgd ? 0.05 : 0.003 };
        var (one, _) = Train(options with { Workers = 1 });
        var (many, _) = Train(options with { Workers = 5 });
        var (other, _) = Train(options with { Seed = 2 });
        Same(one, many);
        Assert.False(one["fc.weight"].AsSpan().SequenceEqual(other["fc.weight"]));
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd, 1)]
    [InlineData(OptimizerKind.AdamW, 6)]
    [InlineData(OptimizerKind.Sgd, 8)]    // the last step of an epoch: it is stopped before it is measured
    [InlineData(OptimizerKind.Sgd, 11)]
    [InlineData(OptimizerKind.Sgd, 6, TrainingPrecision.BFloat16)]
    [InlineData(OptimizerKind.AdamW, 11, TrainingPrecision.BFloat16)]
    public void A_resumed_run_ends_with_the_very_weights_of_an_uninterrupted_one(OptimizerKind optimizer, int stopAfter,
        TrainingPrecision precision = TrainingPrecision.Float32)
    {
        var options = TinyImages.Recipe with { Optimizer = optimizer, LearningRate = optimizer == OptimizerKind.Sgd ? 0.05 : 0.003, ClipGradientNorm = 1,
            SmallSize = 32, Precision = precision };
        var (expected, whole) = Train(options, new TrainingWorkspace(_folder.File("whole")), validate: true);
        using var stop = new CancellationTokenSource();
        var (_, stopped) = Train(options, new TrainingWorkspace(_folder.File("parts")), new StopAfter(stopAfter, stop), validate: true, stop.Token);
        Assert.False(stopped.Completed);
        var (actual, resumed) = Train(options, new TrainingWorkspace(_folder.File("parts"), Resume: true), validate: true);
        Same(expected, actual);
        Assert.True(resumed.Completed);
        Assert.Equal(whole.BestEpoch, resumed.BestEpoch);
        Assert.Equal(whole.Epochs.Select(e => (e.Epoch, e.Loss, e.Top1, e.Validation)), resumed.Epochs.Select(e => (e.Epoch, e.Loss, e.Top1, e.Validation)));
        Assert.Equal(3, File.ReadLines(new TrainingWorkspace(_folder.File("parts")).Log).Count());
    }

    [Theory]
    [InlineData(FrozenPart.Level2)]
    [InlineData(FrozenPart.Level5)]
    public void What_is_frozen_keeps_its_values_and_the_rest_learns(FrozenPart freeze)
    {
        using var fresh = TinyImages.Network(4);
        var before = Values(fresh);
        var (after, _) = Train(TinyImages.Recipe with { Freeze = freeze, EmaDecay = 0 });
        foreach (var (name, values) in before.Where(v => !v.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal)))
        {
            var frozen = freeze == FrozenPart.Level5 ? !name.StartsWith("fc.", StringComparison.Ordinal)
                : name.StartsWith("base_layer", StringComparison.Ordinal) || name.StartsWith("level0", StringComparison.Ordinal)
                    || name.StartsWith("level1", StringComparison.Ordinal) || name.StartsWith("level2", StringComparison.Ordinal);
            Assert.True(frozen == values.AsSpan().SequenceEqual(after[name]), name);
        }
    }

    [Fact]
    public void Frozen_norms_keep_their_running_statistics()
    {
        using var fresh = TinyImages.Network(4);
        var (after, _) = Train(TinyImages.Recipe with { FreezeNorms = true, EmaDecay = 0, LearningRate = 1e-4, ClipGradientNorm = 1 });
        foreach (var (name, values) in Values(fresh).Where(v => v.Key.Contains("running", StringComparison.Ordinal)))
            Assert.True(values.AsSpan().SequenceEqual(after[name]), name);
        Assert.False(Values(fresh)["fc.weight"].AsSpan().SequenceEqual(after["fc.weight"]));
    }

    [Fact]
    public void Earlier_parts_learn_slower_by_the_layer_decay()
    {
        using var network = TinyImages.Network(4);
        var trained = new NetworkParts(network, new DlaTrainingOptions { LayerDecay = 0.5 }).Trained().ToDictionary(p => p.Name, p => p.RateFactor);
        Assert.Equal((1, 0.5, 0.0078125), (trained["fc.weight"], trained["level5.root.conv.weight"], trained["base_layer.0.weight"]));
    }

    [Fact]
    public void Training_ends_early_when_the_validation_images_get_no_better()
    {
        var options = TinyImages.Recipe with { Epochs = 200, EarlyStoppingPatience = 2 };
        var (_, result) = Train(options, new TrainingWorkspace(_folder.File("run")), validate: true);
        Assert.True(result.Completed);
        Assert.InRange(result.Epochs.Count, 3, 199);
        Assert.Equal(result.BestEpoch + 2, result.Epochs.Count);
        Assert.Contains("<svg", File.ReadAllText(new TrainingWorkspace(_folder.File("run")).Curves), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_is_stopped_while_its_last_epoch_is_measured_is_not_complete_and_goes_on()
    {
        using var stop = new CancellationTokenSource();
        var workspace = new TrainingWorkspace(_folder.File("run"));
        var (_, stopped) = Train(TinyImages.Recipe, workspace, new StopAfter(12, stop), validate: true, stop.Token);
        Assert.Equal((false, 2), (stopped.Completed, stopped.Epochs.Count));
        var (_, resumed) = Train(TinyImages.Recipe, workspace with { Resume = true }, validate: true);
        Assert.Equal((true, 3), (resumed.Completed, resumed.Epochs.Count));
    }

    [Fact]
    public void Checkpoints_come_within_an_epoch_as_often_as_asked_for()
    {
        List<long> SavedSteps(TrainingWorkspace workspace)
        {
            var saved = new List<long>();
            Train(TinyImages.Recipe with { Epochs = 2 }, workspace, new Count { Each = () => saved.Add(StepOf(workspace.Checkpoint)) });
            return saved;
        }
        Assert.Equal([0, 0, 0, 0, 4, 4, 4, 4], SavedSteps(new TrainingWorkspace(_folder.File("usual"))));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], SavedSteps(new TrainingWorkspace(_folder.File("often"), CheckpointEvery: TimeSpan.Zero)));

        static long StepOf(string path)
        {
            using var checkpoint = Checkpoint.Open(path);
            return JsonDocument.Parse(checkpoint.Metadata[TrainingJournal.MetadataKey]).RootElement.GetProperty("step").GetInt64();
        }
    }

    [Fact]
    public void A_finished_run_can_be_carried_further()
    {
        var workspace = new TrainingWorkspace(_folder.File("run"));
        Train(TinyImages.Recipe, workspace);
        var (_, result) = Train(TinyImages.Recipe with { Epochs = 5 }, workspace with { Resume = true });
        Assert.Equal([1, 2, 3, 4, 5], result.Epochs.Select(e => e.Epoch));
    }

    [Fact]
    public void Another_recipe_data_set_or_network_cannot_take_over_a_run()
    {
        var workspace = new TrainingWorkspace(_folder.File("run"));
        Train(TinyImages.Recipe, workspace);
        void Refused(string part, Action train) => Assert.Contains(part, Assert.ThrowsAny<IOException>(train).Message, StringComparison.Ordinal);
        void Invalid(string part, Action train) => Assert.Contains(part, Assert.Throws<InvalidDataException>(train).Message, StringComparison.Ordinal);
        Refused("checkpoint of another run", () => Train(TinyImages.Recipe, workspace));
        Invalid("has another recipe", () => Train(TinyImages.Recipe with { LearningRate = 0.06 }, workspace with { Resume = true }));
        using var network = TinyImages.Network(4);
        Invalid("learns from 64 images", () => DlaTrainer.Train(network, new TinyImages(48, 4), null, TinyImages.Preprocessing, TinyImages.Recipe,
            workspace with { Resume = true }));
        Invalid("other images", () => DlaTrainer.Train(network, new TinyImages(64, 4) { Labels = i => (i + 1) % 4 }, null, TinyImages.Preprocessing,
            TinyImages.Recipe, workspace with { Resume = true }));
        Invalid("other images", () => DlaTrainer.Train(network, new TinyImages(64, 4), new TinyImages(8, 4), TinyImages.Preprocessing, TinyImages.Recipe,
            workspace with { Resume = true }));
        var larger = TinyImages.Preprocessing with { CropSize = 64, ResizeShortSide = 64 };
        Invalid("prepares images in another way", () => DlaTrainer.Train(network, new TinyImages(64, 4), null, larger, TinyImages.Recipe,
            workspace with { Resume = true }));
        Invalid("has another recipe", () => Train(TinyImages.Recipe with { Dropout = 0.5 }, workspace with { Resume = true }));
        File.WriteAllText(workspace.Checkpoint, "not a checkpoint");
        Assert.ThrowsAny<Exception>(() => Train(TinyImages.Recipe, workspace with { Resume = true }));
    }

    [Fact]
    public void The_best_epoch_on_the_validation_images_is_kept()
    {
        using var network = TinyImages.Network(4);
        var validation = new TinyImages(24, 4, seed: 9);
        var result = DlaTrainer.Train(network, new TinyImages(64, 4), validation, TinyImages.Preprocessing, TinyImages.Recipe with { Epochs = 6 });
        var best = result.Epochs.MaxBy(e => e.Validation!.Top1)!;
        Assert.Equal(best.Epoch, result.BestEpoch);
        Assert.Equal(best.Validation!.Top1, DlaAccuracy.Measure(network, validation, TinyImages.Preprocessing).Top1);
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_with_the_step_and_the_last_good_checkpoint()
    {
        var workspace = new TrainingWorkspace(_folder.File("run"));
        var options = TinyImages.Recipe with { LearningRate = 1e30, WarmupFraction = 0, Schedule = LearningRateSchedule.Constant };
        var message = Assert.Throws<TrainingDivergedException>(() => Train(options, workspace)).Message;
        Assert.Contains("at step", message, StringComparison.Ordinal);
        Assert.Contains(workspace.Checkpoint, message, StringComparison.Ordinal);
        using var checkpoint = Checkpoint.Open(workspace.Checkpoint);
        Assert.True(checkpoint["model.fc.weight"].Read().isfinite().all().item<bool>());
    }

    [Fact]
    public void A_validation_loss_that_is_no_number_stops_too_and_is_not_kept_as_best()
    {
        var workspace = new TrainingWorkspace(_folder.File("run"));
        using var network = TinyImages.Network(4);
        // In training a batch is normalised by its own statistics: NaN in the running ones shows only when the network is measured.
        using (no_grad()) network.state_dict().First(v => v.Key.EndsWith("running_mean", StringComparison.Ordinal)).Value.fill_(float.NaN);
        var message = Assert.Throws<TrainingDivergedException>(() => DlaTrainer.Train(
            network, new TinyImages(64, 4), new TinyImages(24, 4, seed: 9), TinyImages.Preprocessing, TinyImages.Recipe, workspace)).Message;
        Assert.Contains("validation loss is NaN at step 4, epoch 1", message, StringComparison.Ordinal);
        Assert.False(File.Exists(workspace.BestWeights));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Weights_that_are_no_numbers_are_never_saved_over_good_ones(bool cancelled)
    {
        var workspace = new TrainingWorkspace(_folder.File("run"));
        using var network = TinyImages.Network(4);
        using var stop = new CancellationTokenSource();
        var options = TinyImages.Recipe with { BatchSize = cancelled ? 16 : 64 };   // the step that spoils the weights is followed by a save, not by a step
        var spoil = new StepMonitor(_ =>
        {
            using (no_grad()) network.state_dict()["fc.weight"].fill_(float.NaN);
            if (cancelled) stop.Cancel();
        });
        var message = Assert.Throws<TrainingDivergedException>(() => DlaTrainer.Train(
            network, new TinyImages(64, 4), null, TinyImages.Preprocessing, options, workspace, spoil, stop.Token)).Message;
        Assert.Contains("Some weights are infinite or no numbers at step 1, epoch 1", message, StringComparison.Ordinal);
        Assert.False(File.Exists(workspace.BestWeights));
        using var checkpoint = Checkpoint.Open(workspace.Checkpoint);
        Assert.True(checkpoint["model.fc.weight"].Read().isfinite().all().item<bool>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stopped_run_leaves_the_weights_of_its_best_epoch(bool validate)
    {
        using var stop = new CancellationTokenSource();
        var workspace = new TrainingWorkspace(_folder.File("run"));
        var (values, result) = Train(TinyImages.Recipe, workspace, new StopAfter(6, stop), validate, stop.Token);
        Assert.Equal((1, false), (result.BestEpoch, result.Completed));
        using var best = Checkpoint.Open(workspace.BestWeights);
        Assert.Equal(best["fc.weight"].Read().data<float>().ToArray(), values["fc.weight"]);
    }

    [Fact]
    public void A_recipes_dropout_takes_the_place_of_the_networks()
    {
        float[] Weights(double ofNetwork, double? ofRecipe)
        {
            using var network = TinyImages.Network(4, ofNetwork);
            DlaTrainer.Train(network, new TinyImages(64, 4), null, TinyImages.Preprocessing, TinyImages.Recipe with { Epochs = 1, Dropout = ofRecipe });
            return Values(network)["fc.weight"];
        }
        Assert.Equal(Weights(0.5, null), Weights(0, 0.5));
        Assert.NotEqual(Weights(0.5, null), Weights(0.5, 0));
        Assert.Contains("dropout 0.5", (TinyImages.Recipe with { Dropout = 0.5 }).Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_workspace_that_cannot_be_written_is_found_out_before_the_first_step()
    {
        _folder.Write("taken", "a file");
        var steps = new Count();
        Assert.ThrowsAny<IOException>(() => Train(TinyImages.Recipe, new TrainingWorkspace(_folder.File("taken")), steps));
        Assert.Equal(0, steps.Steps);
    }

    [Fact]
    public void Data_that_nothing_can_be_learned_from_is_refused_with_a_reason()
    {
        void Refused(string part, ImageDataset data, int classes)
        {
            using var network = TinyImages.Network(classes);
            Assert.Contains(part, Assert.Throws<ArgumentException>(() =>
                DlaTrainer.Train(network, data, null, TinyImages.Preprocessing, TinyImages.Recipe)).Message, StringComparison.Ordinal);
        }
        Refused("only the class 'class_0'", new TinyImages(32, 1), 1);
        Refused("no image of class 'class_2'", new TinyImages(32, 3) { Labels = i => i % 2 }, 3);
        Refused("tiny[3] has label 5", new TinyImages(32, 3) { Labels = i => i == 3 ? 5 : i % 3 }, 3);
        Refused("tiny[3] has label -1", new TinyImages(32, 3) { Labels = i => i == 3 ? -1 : i % 3 }, 3);
        Refused("fewer than one batch of 16", new TinyImages(15, 3), 3);
        using var ours = TinyImages.Network(4);
        void Unmeasurable(string part, ImageDataset? validation, DlaTrainingOptions options) => Assert.Contains(part, Assert.Throws<ArgumentException>(
            () => DlaTrainer.Train(ours, new TinyImages(32, 4), validation, TinyImages.Preprocessing, options)).Message, StringComparison.Ordinal);
        Unmeasurable("no images to measure on", new TinyImages(0, 4), TinyImages.Recipe);
        Unmeasurable("EarlyStoppingPatience is set", null, TinyImages.Recipe with { EarlyStoppingPatience = 2 });
        Refused("has 3 classes and the network 4", new TinyImages(32, 3), 4);
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        foreach (var (name, options) in ((string, DlaTrainingOptions)[])
        [
            ("Epochs", new() { Epochs = 0 }), ("BatchSize", new() { BatchSize = 1 }), ("LearningRate", new() { LearningRate = double.NaN }),
            ("Momentum", new() { Momentum = 1 }),
            ("WeightDecay", new() { WeightDecay = -1 }), ("WarmupFraction", new() { WarmupFraction = 1 }), ("LabelSmoothing", new() { LabelSmoothing = -0.1 }),
            ("EmaDecay", new() { EmaDecay = 1 }), ("ClipGradientNorm", new() { ClipGradientNorm = double.PositiveInfinity }),
            ("Threads", new() { Threads = 0 }),
            ("Workers", new() { Workers = 0 }), ("Padding", new() { Augmentation = new() { Padding = 2 } }),
            ("MinArea", new() { Augmentation = new() { MinArea = 0 } }),
        ])
            Assert.Contains(name, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TrainingPrecision.Float32)]
    [InlineData(TrainingPrecision.BFloat16)]
    public void Training_leaves_no_tensors_behind(TrainingPrecision precision)
    {
        using var network = TinyImages.Network(4);
        var images = new TinyImages(16, 4);
        DlaTrainer.Train(network, images, images, TinyImages.Preprocessing, TinyImages.Recipe with { BatchSize = 4, Precision = precision });
        var before = Collected();
        var counts = new List<long>();
        DlaTrainer.Train(network, images, images, TinyImages.Preprocessing, TinyImages.Recipe with { Epochs = 20, BatchSize = 4, Precision = precision },
            monitor: new Count { Each = () => counts.Add(counts.Count == 10 ? Collected() : Tensor.TotalCount) });
        Assert.Equal(counts[10], counts[^5]);
        Assert.Equal(before, Collected());

        // Tensors that setting up a run, and other tests, leave to the collector must not go while those of the steps are counted.
        static long Collected()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Tensor.TotalCount;
        }
    }

    private sealed class StopAfter(int steps, CancellationTokenSource stop) : ITrainingMonitor
    {
        public void OnStep(TrainingStep progress)
        {
            if (progress.Step == steps) stop.Cancel();
        }

        public void OnEpoch(TrainingEpoch epoch)
        {
        }
    }

    private sealed class StopWhenAllAreCorrect(CancellationTokenSource stop) : ITrainingMonitor
    {
        public void OnStep(TrainingStep progress)
        {
        }

        public void OnEpoch(TrainingEpoch epoch)
        {
            if (epoch.Validation!.Top1 == 1) stop.Cancel();
        }
    }

    private sealed class Count : ITrainingMonitor
    {
        public int Steps { get; private set; }

        public Action? Each { get; init; }

        public void OnStep(TrainingStep progress)
        {
            Steps++;
            Each?.Invoke();
        }

        public void OnEpoch(TrainingEpoch epoch)
        {
        }
    }
}
