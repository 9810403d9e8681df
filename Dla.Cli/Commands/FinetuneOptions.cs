using System.CommandLine;
using Dla.Cli.Output;
using Dla.Finetune;
using Dla.MLNet;
using Spectre.Console;

namespace Dla.Cli.Commands;

/// <summary>The options of <c>dla finetune</c> and what they mean.</summary>
internal sealed class FinetuneOptions
{
    private static readonly DlaTrainingOptions Scratch = new();

    private readonly Option<string?> _dataPath = new("--data") { Description = "Where CIFAR-100 lies. Default: DLA_DATA, then the cache, else it is downloaded." };
    private readonly Option<int?> _size = new("--size") { Description = "Height and width of the input in pixels, a multiple of 32. Default: 64 for cifar100, else 224." };
    private readonly Option<int?> _resize = new("--resize") { Description = "Shorter side before the crop. Default: --size for cifar100, else --size / 0.875." };
    private readonly Option<int?> _epochs = new("--epochs") { Description = $"Passes over the training images. Default: {Scratch.Epochs}." };
    private readonly Option<int?> _batch = new("--batch") { Description = $"Images of one step. Default: {Scratch.BatchSize}." };
    private readonly Option<OptimizerKind?> _optimizer = new("--optimizer") { Description = "Sgd (Nesterov) or AdamW. Default: Sgd." };
    private readonly Option<double?> _rate = new("--learning-rate") { Description = "The highest learning rate. Default: 0.2, with AdamW 0.001." };
    private readonly Option<LearningRateSchedule?> _schedule = new("--schedule") { Description = "OneCycle, Cosine, Step or Constant. Default: OneCycle." };
    private readonly Option<double?> _warmup = new("--warmup") { Description = $"Part of the run until the highest rate. Default: {Scratch.WarmupFraction}." };
    private readonly Option<double?> _decay = new("--weight-decay") { Description = $"Weight decay of convolutions. Default: {Scratch.WeightDecay}." };
    private readonly Option<double?> _smoothing = new("--label-smoothing") { Description = $"Part of a target spread over all classes. Default: {Scratch.LabelSmoothing}." };
    private readonly Option<double?> _ema = new("--ema") { Description = "Decay of the moving average of the weights, such as 0.999. Default: none." };
    private readonly Option<double?> _clip = new("--clip") { Description = "Longest gradient. Default: no limit." };
    private readonly Option<CropMode?> _crop = new("--crop") { Description = "Centre, PadAndCrop or RandomResized. Default: PadAndCrop." };
    private readonly Option<int?> _smallSize = new("--small-size") { Description = "Side of the input in the first part of the run, which is so much the quicker. Default: --size throughout." };
    private readonly Option<double?> _smallFraction = new("--small-fraction") { Description = $"Part of the epochs with --small-size. Default: {Scratch.SmallFraction}." };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Seed of weights, order and variations. Default: 1." };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads of the network. Default: one per processor." };
    private readonly Option<int?> _workers = new("--workers") { Description = $"Batches prepared at the same time. Default: {Scratch.Workers}." };
    private readonly Option<DirectoryInfo?> _workspace = new("--workspace") { Description = "Folder of checkpoints and log. Default: the output's name with .training." };
    private readonly Option<bool> _resume = new("--resume") { Description = "Continue the run in the workspace." };

    public Option<string> Variant { get; } = new("--variant") { Description = "The network, such as dla46_c; 'dla models' lists them.", Required = true };

    public Option<double?> ValidationFraction { get; } = new("--validation-fraction") { Description = "Part of the training images set apart and measured after each epoch; the best epoch is kept." };

    public Option<FileInfo?> Output { get; } = new("--output", "-o") { Description = "The ONNX file to write. Default: the variant's name with .onnx." };

    public IEnumerable<Option> All =>
    [
        Variant, _dataPath, _size, _resize, _epochs, _batch, _optimizer, _rate, _schedule, _warmup, _decay, _smoothing, _ema, _clip, _crop,
        _smallSize, _smallFraction, ValidationFraction, _seed, _threads, _workers, _workspace, _resume, Output,
    ];

    public DlaTrainingOptions Recipe(ParseResult parsed)
    {
        var optimizer = parsed.GetValue(_optimizer) ?? Scratch.Optimizer;
        return new DlaTrainingOptions
        {
            Epochs = parsed.GetValue(_epochs) ?? Scratch.Epochs,
            BatchSize = parsed.GetValue(_batch) ?? Scratch.BatchSize,
            Optimizer = optimizer,
            LearningRate = parsed.GetValue(_rate) ?? (optimizer == OptimizerKind.AdamW ? 1e-3 : Scratch.LearningRate),
            Schedule = parsed.GetValue(_schedule) ?? Scratch.Schedule,
            WarmupFraction = parsed.GetValue(_warmup) ?? Scratch.WarmupFraction,
            WeightDecay = parsed.GetValue(_decay) ?? Scratch.WeightDecay,
            LabelSmoothing = parsed.GetValue(_smoothing) ?? Scratch.LabelSmoothing,
            EmaDecay = parsed.GetValue(_ema) ?? Scratch.EmaDecay,
            ClipGradientNorm = parsed.GetValue(_clip) ?? Scratch.ClipGradientNorm,
            Augmentation = new AugmentationOptions { Crop = parsed.GetValue(_crop) ?? CropMode.PadAndCrop },
            SmallSize = parsed.GetValue(_smallSize) ?? Scratch.SmallSize,
            SmallFraction = parsed.GetValue(_smallFraction) ?? Scratch.SmallFraction,
            Seed = parsed.GetValue(_seed) ?? Scratch.Seed,
            Threads = parsed.GetValue(_threads) ?? Scratch.Threads,
            Workers = parsed.GetValue(_workers) ?? Scratch.Workers,
        };
    }

    public DatasetOptions Dataset(ParseResult parsed) => new()
    {
        DataPath = parsed.GetValue(_dataPath),
        DownloadProgress = new Progress<double>(done => Terminal.Remarks.WriteLine(FormattableString.Invariant($"downloading: {done:p0}"))),
    };

    public ImagePreprocessing Preprocessing(ParseResult parsed, ImageDataset train)
    {
        var suggested = train.SuggestPreprocessing(parsed.GetValue(_size));
        return parsed.GetValue(_resize) is { } resize ? suggested with { ResizeShortSide = resize } : suggested;
    }

    public TrainingWorkspace Workspace(ParseResult parsed, string output) =>
        new(parsed.GetValue(_workspace)?.FullName ?? Path.ChangeExtension(output, ".training"), parsed.GetValue(_resume));

    /// <summary>The images that the finished network is measured on: the data set's test part, where it has one.</summary>
    public ImageDataset? Test(string data, ParseResult parsed, ImageDataset train, CancellationToken cancel)
    {
        var test = ImageDataset.Open(data, DatasetSplit.Test, Dataset(parsed) with { ClassNames = train.ClassNames }, cancel);
        return test.Name == train.Name ? null : test;
    }
}
