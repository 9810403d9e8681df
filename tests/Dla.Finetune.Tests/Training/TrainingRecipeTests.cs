using Dla.MLNet;
using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune.Tests;

[Collection("torch")]
public sealed class TrainingRecipeTests : IDisposable
{
    private static readonly DlaTrainingOptions Everything = TinyImages.Recipe with
    {
        Optimizer = OptimizerKind.Adam, LearningRate = 0.003, MixupAlpha = 0.3, CutMixAlpha = 1, AccumulationSteps = 3, BalancedClassWeights = true,
        BalancedSampling = true,
        OnBadImage = BadTrainingImage.Skip, SmallSize = 32, ClipGradientNorm = 1,
        Augmentation = new() { Crop = CropMode.RandomResized, Policy = AugmentationPolicy.TrivialAugment, ErasingProbability = 0.3 },
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static (Dictionary<string, float[]> Values, DlaTrainingResult Result) Train(
        DlaTrainingOptions options, TrainingWorkspace? workspace = null, int stopAfter = 0, ImageDataset? data = null, ImageDataset? validation = null)
    {
        using var network = TinyImages.Network(4, dropout: 0.2);
        using var stop = new CancellationTokenSource();
        var result = DlaTrainer.Train(network, data ?? new TinyImages(64, 4), validation, TinyImages.Preprocessing, options, workspace,
            new StepMonitor(s => Stop(s, stopAfter, stop)), stop.Token);
        return (network.state_dict().ToDictionary(t => t.Key, t => t.Value.to(ScalarType.Float32).contiguous().data<float>().ToArray()), result);
    }

    private static void Stop(TrainingStep step, int stopAfter, CancellationTokenSource stop)
    {
        if (stopAfter > 0 && step.Step >= stopAfter) stop.Cancel();   // a batch of bad images is a step without a call
    }

    private static void Same(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual)
    {
        foreach (var (name, values) in expected) Assert.True(values.AsSpan().SequenceEqual(actual[name]), $"{name} differs");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public void With_every_option_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one_whatever_the_workers(int stopAfter)
    {
        var (expected, _) = Train(Everything with { Workers = 1 });
        Assert.False(Train(Everything with { Workers = 4 }, new TrainingWorkspace(_folder.File("run")), stopAfter).Result.Completed);
        var (actual, resumed) = Train(Everything, new TrainingWorkspace(_folder.File("run"), Resume: true));
        Assert.True(resumed.Completed);
        Same(expected, actual);
    }

    [Fact]
    public void In_parts_a_network_without_batch_statistics_learns_the_weights_of_whole_batches()
    {
        var options = TinyImages.Recipe with { FreezeNorms = true, Epochs = 2, LearningRate = 1e-4, ClipGradientNorm = 1 };
        using var whole = TinyImages.Network(4);
        using var inParts = TinyImages.Network(4);
        DlaTrainer.Train(whole, new TinyImages(64, 4), null, TinyImages.Preprocessing, options);
        DlaTrainer.Train(inParts, new TinyImages(64, 4), null, TinyImages.Preprocessing, options with { AccumulationSteps = 4 });
        using var start = TinyImages.Network(4);
        foreach (var (name, value) in whole.state_dict().Where(v => v.Value.is_floating_point()))
        {
            var moved = (value - start.state_dict()[name]).norm().item<float>();
            Assert.True((value - inParts.state_dict()[name]).norm().item<float>() <= 1e-3 * moved + 1e-6, name);
        }
    }

    [Fact]
    public void Bad_images_are_left_out_counted_and_told_where_they_are_not_an_error()
    {
        var data = new DamagedImages(64, i => i is 5 or 17);
        Assert.Contains("tiny[", Assert.Throws<ImageDecodeException>(() => Train(TinyImages.Recipe, data: data)).Message, StringComparison.Ordinal);
        var workspace = new TrainingWorkspace(_folder.File("run"));
        var (_, result) = Train(TinyImages.Recipe with { OnBadImage = BadTrainingImage.Skip }, workspace, data: data,
            validation: new DamagedImages(20, i => i == 3));
        Assert.Equal([5L, 17L], result.BadImages.Select(b => b.Row));
        Assert.All(result.BadImages, b => Assert.Contains("tiny[", b.Reason, StringComparison.Ordinal));
        Assert.Equal([2, 2, 2], result.Epochs.Select(e => e.BadImages));
        Assert.All(result.Epochs, e => Assert.Equal((20, 1), (e.Validation!.Images, e.Validation.BadImages)));
        Assert.All(result.Epochs, e => Assert.InRange(e.Validation!.Top5, 0, 0.95));   // the bad one is wrong, even among five of four classes
        Assert.Contains("\"badImages\":2", File.ReadAllText(workspace.Log), StringComparison.Ordinal);
        Assert.EndsWith(",2", File.ReadAllLines(workspace.LogTable)[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FrozenPart.None)]
    [InlineData(FrozenPart.Level5)]
    public void Batches_with_fewer_than_two_whole_images_are_left_out_and_an_epoch_without_others_is_an_error(FrozenPart freeze)
    {
        var skipping = TinyImages.Recipe with { OnBadImage = BadTrainingImage.Skip, BatchSize = 4, LearningRate = 0.005, Freeze = freeze, Epochs = 4,
            CacheEmbeddings = freeze == FrozenPart.Level5 };
        for (ulong seed = 1; seed <= 10; seed++)
        {
            var (_, result) = Train(skipping with { Seed = seed }, data: new DamagedImages(12, i => i is >= 3 and < 8));
            Assert.True(result.Completed);
            Assert.All(result.Epochs, e => Assert.Equal(5, e.BadImages));
        }
        var message = Assert.Throws<InvalidDataException>(() => Train(skipping, data: new DamagedImages(64, i => i > 0))).Message;
        Assert.StartsWith("No batch of epoch 1 has two images that can be read.", message, StringComparison.Ordinal);
        Assert.Contains("tiny[", message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_bad_images_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one()
    {
        var skipping = TinyImages.Recipe with { OnBadImage = BadTrainingImage.Skip, BatchSize = 4, LearningRate = 0.005 };
        var data = new DamagedImages(12, i => i is >= 3 and < 8);
        var (expected, _) = Train(skipping, data: data);
        var (_, stopped) = Train(skipping, new TrainingWorkspace(_folder.File("run")), stopAfter: 5, data);
        Assert.False(stopped.Completed);
        Same(expected, Train(skipping, new TrainingWorkspace(_folder.File("run"), Resume: true), data: data).Values);
    }

    /// <summary>Smaller images are batches of other sizes.</summary>
    [Theory]
    [InlineData(32, 0.5, new[] { 32, 32, 64, 96, 96, 96 })]
    [InlineData(32, 0.7, new[] { 32, 32, 64, 64, 96, 96 })]
    [InlineData(64, 0.5, new[] { 64, 64, 64, 96, 96, 96 })]
    [InlineData(32, 0, new[] { 96, 96, 96, 96, 96, 96 })]
    [InlineData(32, 1, new[] { 32, 32, 32, 64, 64, 64 })]
    [InlineData(null, 0.5, new[] { 96, 96, 96, 96, 96, 96 })]
    public void Images_grow_in_the_first_part_of_the_run(int? smallSize, double smallFraction, int[] sides)
    {
        var options = TinyImages.Recipe with { Epochs = sides.Length, SmallSize = smallSize, SmallFraction = smallFraction };
        using var network = TinyImages.Network(4);
        var loader = new BatchLoader(network, new TinyImages(16, 4), null, TinyImages.Preprocessing with { CropSize = 96, ResizeShortSide = 96 }, options);
        Assert.Equal(sides, Enumerable.Range(0, sides.Length).Select(epoch => loader.Epoch(epoch, 0, default).Single().Size));
        Assert.Contains("must not be above the input's 32 pixels", Assert.Throws<ArgumentException>(() => new BatchLoader(
            network, new TinyImages(16, 4), null, TinyImages.Preprocessing, options with { SmallSize = 64 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Class_weights_change_what_is_learned()
    {
        var (plain, _) = Train(TinyImages.Recipe);
        var (weighted, _) = Train(TinyImages.Recipe with { ClassWeights = new Dictionary<string, double> { ["class_2"] = 10 } });
        Assert.False(plain["fc.weight"].AsSpan().SequenceEqual(weighted["fc.weight"]));
        var balanced = Train(TinyImages.Recipe with { BalancedClassWeights = true }).Values;   // of equally frequent classes
        for (var i = 0; i < plain["fc.weight"].Length; i++) Assert.Equal(plain["fc.weight"][i], balanced["fc.weight"][i], 1e-4);
    }

    [Fact]
    public async Task The_best_weights_carry_class_names_preprocessing_and_training()
    {
        var workspace = new TrainingWorkspace(_folder.File("run"));
        var preprocessing = TinyImages.Preprocessing with { ResizeShortSide = 40, Interpolation = ImageInterpolation.Bicubic };
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 4, Seed = 7 });
        DlaTrainer.Train(network, new TinyImages(32, 4), new TinyImages(16, 4, 2), preprocessing, TinyImages.Recipe with { Epochs = 1 }, workspace);
        var loaded = await DlaPretrained.LoadAsync(workspace.BestWeights);
        using var _ = loaded.Network;
        var card = Dla.Export.DlaPretrainedCard.Card(loaded);
        Assert.Equal(["class_0", "class_1", "class_2", "class_3"], card.ClassNames);
        Assert.Equal(preprocessing, card.Preprocessing);
        Assert.Equal(("32 tiny images", "16 tiny images", 1), (card.Training!.Data, card.Training.MeasuredOn, card.Training.Epochs));
        var other = await DlaPretrained.LoadAsync(workspace.BestWeights, new DlaPretrainedOptions { NumClasses = 9 });
        using var __ = other.Network;
        var newHead = Dla.Export.DlaPretrainedCard.Card(other);
        Assert.Empty(newHead.ClassNames);
        Assert.Null(newHead.Training);
        Assert.Equal(preprocessing, newHead.Preprocessing);
    }

    [Fact]
    public async Task A_weight_file_with_a_damaged_card_is_refused_by_name()
    {
        using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 4 });
        Safetensors.Save(_folder.File("w.safetensors"), network,
            new Dictionary<string, string> { [DlaModelCard.MetadataKey] = "{\"preprocessing\":{\"cropSize\":-1}}" });
        var loaded = await DlaPretrained.LoadAsync(_folder.File("w.safetensors"));
        using var _ = loaded.Network;
        Assert.Contains("w.safetensors", Assert.Throws<CheckpointException>(() => Dla.Export.DlaPretrainedCard.Card(loaded)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused_by_name()
    {
        foreach (var (name, options) in ((string, DlaTrainingOptions)[])
        [
            ("AccumulationSteps", new() { AccumulationSteps = 0 }), ("AccumulationSteps", new() { AccumulationSteps = 65 }),
            ("MixupAlpha", new() { MixupAlpha = -1 }), ("CutMixAlpha", new() { CutMixAlpha = double.NaN }),
            ("ClassWeights['a']", new() { ClassWeights = new Dictionary<string, double> { ["a"] = 0 } }),
            ("BalancedClassWeights", new() { ClassWeights = new Dictionary<string, double>(), BalancedClassWeights = true }),
            ("CacheEmbeddings needs Freeze Level5", new() { CacheEmbeddings = true }),
            ("CacheEmbeddings computes", new() { CacheEmbeddings = true, Freeze = FrozenPart.Level5, MixupAlpha = 1 }),
            ("Magnitude", new() { Augmentation = new() { Magnitude = 31 } }), ("Operations", new() { Augmentation = new() { Operations = 0 } }),
            ("ErasingProbability", new() { Augmentation = new() { ErasingProbability = 1.1 } }),
            ("OnBadImage", new() { OnBadImage = (BadTrainingImage)7 }),
        ])
            Assert.Contains(name, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }
}
