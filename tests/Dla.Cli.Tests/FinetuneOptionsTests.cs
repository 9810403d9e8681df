using System.CommandLine;
using Dla.Cli.Commands;
using Dla.Finetune;

namespace Dla.Cli.Tests;

public sealed class FinetuneOptionsTests
{
    private static (FinetuneOptions Options, ParseResult Parsed) Parse(string line)
    {
        var options = new FinetuneOptions();
        var command = new Command("finetune");
        options.Weights.AddTo(command);
        foreach (var option in options.All) command.Options.Add(option);
        var parsed = command.Parse(line);
        Assert.Empty(parsed.Errors);
        return (options, parsed);
    }

    [Fact]
    public void Every_option_reaches_its_setting()
    {
        var (options, parsed) = Parse("--epochs 7 --batch 24 --accumulate 3 --learning-rate 0.03 --schedule Step --warmup 0.11 --weight-decay 0.004 " +
            "--label-smoothing 0.06 --ema 0.97 --dropout 0.15 --clip 1.5 --crop RandomResized --flip 0.3 --augment RandAugment --randaugment-operations 4 " +
            "--randaugment-magnitude 13 --random-erasing 0.21 --mixup 0.31 --cutmix 0.71 --class-weights balanced --balanced-sampling --bad-images Skip " +
            "--small-size 64 --small-fraction 0.42 --freeze Level2 --freeze-norms --layer-decay 0.82 --patience 9 --seed 17 --precision fp32 --threads 5 " +
            "--workers 6 --optimizer Adam --checkpoint-minutes 0.5 --workspace run --resume");
        Assert.Equal(new DlaTrainingOptions
        {
            Epochs = 7, BatchSize = 24, AccumulationSteps = 3, LearningRate = 0.03, Schedule = LearningRateSchedule.Step, WarmupFraction = 0.11,
            WeightDecay = 0.004, LabelSmoothing = 0.06, EmaDecay = 0.97, Dropout = 0.15, ClipGradientNorm = 1.5,
            Augmentation = new AugmentationOptions { Crop = CropMode.RandomResized, FlipProbability = 0.3, Policy = AugmentationPolicy.RandAugment,
                Operations = 4, Magnitude = 13, ErasingProbability = 0.21 },
            MixupAlpha = 0.31, CutMixAlpha = 0.71, BalancedClassWeights = true, BalancedSampling = true, OnBadImage = BadTrainingImage.Skip,
            SmallSize = 64, SmallFraction = 0.42, Freeze = FrozenPart.Level2, FreezeNorms = true, LayerDecay = 0.82, EarlyStoppingPatience = 9, Seed = 17,
            Precision = TrainingPrecision.Float32, Threads = 5, Workers = 6, Optimizer = OptimizerKind.Adam,
        }, options.Recipe(parsed));
        Assert.Equal(new TrainingWorkspace(Path.GetFullPath("run"), Resume: true, TimeSpan.FromSeconds(30)), options.Workspace(parsed, "x.onnx"));
    }

    /// <summary>The columns of docs/finetuning.md.</summary>
    [Theory]
    [InlineData("", OptimizerKind.Sgd, 0.2, LearningRateSchedule.OneCycle, 0.3, 128, 20, 5e-4, CropMode.PadAndCrop)]
    [InlineData("--weights w", OptimizerKind.AdamW, 1e-3, LearningRateSchedule.Cosine, 0.05, 64, 10, 0.01, CropMode.RandomResized)]
    [InlineData("--weights w --optimizer Sgd", OptimizerKind.Sgd, 0.05, LearningRateSchedule.Cosine, 0.05, 64, 10, 5e-4, CropMode.RandomResized)]
    [InlineData("--weights w --freeze Level5", OptimizerKind.AdamW, 1e-2, LearningRateSchedule.Cosine, 0.05, 64, 10, 0.01, CropMode.RandomResized)]
    public void Without_options_training_is_as_the_page_says(
        string line, OptimizerKind optimizer, double rate, LearningRateSchedule schedule, double warmup, int batch, int epochs, double decay, CropMode crop)
    {
        var (options, parsed) = Parse(line);
        var recipe = options.Recipe(parsed);
        Assert.Equal((optimizer, rate, schedule, warmup, batch, epochs, decay, crop), (recipe.Optimizer, recipe.LearningRate, recipe.Schedule,
            recipe.WarmupFraction, recipe.BatchSize, recipe.Epochs, recipe.WeightDecay, recipe.Augmentation.Crop));
        Assert.Equal(0.1, recipe.LabelSmoothing);
    }
}
