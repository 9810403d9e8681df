using System.Text.Json;

namespace Dla.Finetune.Tests;

public class TrainingJournalTests
{
    /// <summary>The journal of a run of version 0.1.0, 17 epochs of 48.</summary>
    private static readonly string Golden = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "training", "journal-0.1.0.json"));

    /// <summary>The same run as it is begun now.</summary>
    private static TrainingJournal Now(DlaTrainingOptions? options = null) => new()
    {
        Variant = "dla46_c",
        Images = 50_000,
        ClassNames = JsonDocument.Parse(Golden).RootElement.GetProperty("classNames").Deserialize<string[]>()!,
        Options = options ?? new DlaTrainingOptions { Epochs = 48, EmaDecay = 0.999, SmallSize = 32, SmallFraction = 0.625,
            Precision = TrainingPrecision.Float32, Threads = 2 },
    };

    [Fact]
    public void A_run_of_the_first_version_goes_on_where_it_was()
    {
        var journal = Now().Continue(Golden, "checkpoint.safetensors", keepPrecision: true);
        Assert.Equal((6630, 17, 17), (journal.Step, journal.BestEpoch, journal.Epochs.Count));
        Assert.Equal(Now().Options, journal.Options);
        Assert.Equal(4.52392655152541, journal.Epochs[0].Loss);
        Assert.Equal(0, journal.Epochs[0].BadImages);
    }

    [Fact]
    public void Every_new_option_is_part_of_the_recipe()
    {
        var options = Now().Options;
        foreach (var other in (DlaTrainingOptions[])
        [
            options with { AccumulationSteps = 2 }, options with { MixupAlpha = 0.2 }, options with { CutMixAlpha = 1 },
            options with { BalancedClassWeights = true }, options with { BalancedSampling = true },
            options with { ClassWeights = new Dictionary<string, double> { ["apple"] = 2 } },
            options with { Dropout = 0.1 }, options with { Optimizer = OptimizerKind.Adam },
            options with { Augmentation = options.Augmentation with { Policy = AugmentationPolicy.TrivialAugment } },
            options with { Augmentation = options.Augmentation with { ErasingProbability = 0.1 } },
        ])
            Assert.Contains("has another recipe", Assert.Throws<InvalidDataException>(() => Now(other).Continue(Golden, "c", keepPrecision: true)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void What_differs_is_named_and_bad_images_may_be_skipped_from_some_time_on()
    {
        var options = Now().Options;
        var other = options with { WarmupFraction = 0.125, Augmentation = options.Augmentation with { FlipProbability = 0.25 } };
        Assert.Contains("another recipe (warmupFraction 0.3, now 0.125, flipProbability 0.5, now 0.25).",
            Assert.Throws<InvalidDataException>(() => Now(other).Continue(Golden, "c", keepPrecision: true)).Message, StringComparison.Ordinal);
        var skipping = Now(options with { OnBadImage = BadTrainingImage.Skip }).Continue(Golden, "c", keepPrecision: true);
        Assert.Equal(BadTrainingImage.Skip, skipping.Options.OnBadImage);
    }

    [Fact]
    public void Class_weights_are_compared_by_name_and_come_back_from_text()
    {
        TrainingJournal With(params (string, double)[] weights) => Now(Now().Options with { ClassWeights = weights.ToDictionary(w => w.Item1, w => w.Item2) });
        var saved = With(("apple", 2), ("bear", 0.1)).ToJson();
        Assert.Equal(0.1, With(("bear", 0.1), ("apple", 2)).Continue(saved, "c", keepPrecision: true).Options.ClassWeights!["bear"]);
        Assert.Throws<InvalidDataException>(() => With(("bear", 0.1), ("apple", 3)).Continue(saved, "c", keepPrecision: true));
    }

    [Fact]
    public void A_validation_loss_that_is_infinite_for_a_while_can_be_saved()
    {
        var epoch = new TrainingEpoch { Epoch = 1, Loss = 4, Top1 = 0.1, LearningRate = 0.2, Duration = TimeSpan.FromSeconds(2), Waited = TimeSpan.Zero,
            Validation = new DlaAccuracy(10, 0.1, 0.5, double.PositiveInfinity) };
        var journal = Now() with { Epochs = [epoch] };
        Assert.Equal(double.PositiveInfinity, Now().Continue(journal.ToJson(), "c", keepPrecision: true).Epochs[0].Validation!.Loss);
        Assert.Contains("Infinity", journal.Log(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_has_a_row_for_each_epoch_and_empty_cells_for_what_was_not_measured()
    {
        var lines = Now().Continue(Golden, "c", keepPrecision: true).LogTable().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(18, lines.Length);
        Assert.All(lines, l => Assert.Equal(10, l.Split(',').Length));
        Assert.Equal("1,4.52392655152541,0.03739983974358974,,,,0.010263974646565832,69.9857526,0.0315437,0", lines[1]);
    }
}
