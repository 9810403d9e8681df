using System.CommandLine;
using Dla.Cli.Output;
using Dla.Finetune;
using Dla.MLNet;
using Spectre.Console;

namespace Dla.Cli.Commands;

/// <summary>The options of <c>dla finetune</c> and what they mean.</summary>
internal sealed class FinetuneOptions
{
    private static readonly Dictionary<string, TrainingPrecision> Precisions = new() { ["auto"] = TrainingPrecision.Auto, ["fp32"] = TrainingPrecision.Float32, ["bf16"] = TrainingPrecision.BFloat16 };

    private readonly Option<string?> _dataPath = new("--data") { Description = "Where CIFAR-100 lies. Default: DLA_DATA, then the cache, else it is downloaded." };
    private readonly Option<int?> _size = new("--size") { Description = "Height and width of the input in pixels, a multiple of 32. Default: 64 for cifar100, else 224." };
    private readonly Option<int?> _resize = new("--resize") { Description = "Shorter side before the crop. Default: --size for cifar100, else --size / 0.875." };
    private readonly Option<int?> _epochs = new("--epochs") { Description = "Passes over the training images. Default: 20, with --weights 10." };
    private readonly Option<int?> _batch = new("--batch") { Description = "Images of one step. Default: 128, with --weights 64." };
    private readonly Option<OptimizerKind?> _optimizer = new("--optimizer") { Description = "Sgd (Nesterov) or AdamW. Default: Sgd, with --weights AdamW." };
    private readonly Option<double?> _rate = new("--learning-rate") { Description = "The highest learning rate. Default: 0.2 (with --weights 0.05), with AdamW 0.001." };
    private readonly Option<LearningRateSchedule?> _schedule = new("--schedule") { Description = "OneCycle, Cosine, Step or Constant. Default: OneCycle, with --weights Cosine." };
    private readonly Option<double?> _warmup = new("--warmup") { Description = "Part of the run until the highest rate. Default: 0.3, with --weights 0.05." };
    private readonly Option<double?> _decay = new("--weight-decay") { Description = "Weight decay of convolutions. Default: 0.0005, with AdamW 0.01." };
    private readonly Option<double?> _smoothing = new("--label-smoothing") { Description = "Part of a target spread over all classes. Default: 0.1." };
    private readonly Option<double?> _ema = new("--ema") { Description = "Decay of the moving average of the weights, such as 0.999. Default: none." };
    private readonly Option<double?> _clip = new("--clip") { Description = "Longest gradient. Default: no limit." };
    private readonly Option<CropMode?> _crop = new("--crop") { Description = "Centre, PadAndCrop or RandomResized. Default: PadAndCrop, with --weights RandomResized." };
    private readonly Option<int?> _smallSize = new("--small-size") { Description = "Side of the input in the first part of the run, which is so much the quicker. Default: --size throughout." };
    private readonly Option<double?> _smallFraction = new("--small-fraction") { Description = "Part of the epochs with --small-size. Default: 0.5." };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Seed of weights, order and variations. Default: 1." };
    private readonly Option<string> _precision = new("--precision") { Description = "What the network computes in: fp32; bf16 beside float32 weights; auto: bf16 where the processor has instructions for it.", DefaultValueFactory = _ => "auto" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads of the network. Default: one per processor." };
    private readonly Option<int?> _workers = new("--workers") { Description = "Batches prepared at the same time. Default: 2." };
    private readonly Option<FrozenPart?> _freeze = new("--freeze") { Description = "Keep the weights from the input up to Stem, Level0 … Level5 (all but the head). Default: None." };
    private readonly Option<bool> _freezeNorms = new("--freeze-norms") { Description = "Batch norms keep their running statistics." };
    private readonly Option<double?> _layerDecay = new("--layer-decay") { Description = "Each part's learning rate relative to the next one's. Default: 1." };
    private readonly Option<int?> _patience = new("--patience") { Description = "End after so many epochs without a better validation result. Default: never." };
    private readonly Option<double?> _dropout = new("--dropout") { Description = "Probability of dropping an embedding value before the head. Default: 0." };
    private readonly Option<DirectoryInfo?> _workspace = new("--workspace") { Description = "Folder of checkpoints and log. Default: the output's name with .training." };
    private readonly Option<bool> _resume = new("--resume") { Description = "Continue the run in the workspace." };

    public FinetuneOptions() => _precision.AcceptOnlyFromAmong([.. Precisions.Keys]);

    public WeightsOptions Weights { get; } = new();

    public Option<double?> ValidationFraction { get; } = new("--validation-fraction") { Description = "Part of the training images set apart and measured after each epoch; the best epoch is kept." };

    public Option<FileInfo?> Output { get; } = new("--output", "-o") { Description = "The ONNX file to write. Default: the variant's name with .onnx." };

    public IEnumerable<Option> All =>
    [
        _dataPath, _size, _resize, _epochs, _batch, _optimizer, _rate, _schedule, _warmup, _decay, _smoothing, _ema, _clip, _crop,
        _smallSize, _smallFraction, _freeze, _freezeNorms, _layerDecay, _dropout, ValidationFraction, _patience, _seed, _precision, _threads, _workers, _workspace, _resume, Output,
    ];

    public double Dropout(ParseResult parsed) => parsed.GetValue(_dropout) ?? 0;

    /// <summary>The defaults of the kind of training, and what the command line says otherwise.</summary>
    public DlaTrainingOptions Recipe(ParseResult parsed)
    {
        var recipe = parsed.GetValue(Weights.Weights) is null ? new DlaTrainingOptions() : DlaTrainingOptions.Transfer;
        if (parsed.GetValue(_optimizer) is { } optimizer && optimizer != recipe.Optimizer)
            recipe = recipe with { Optimizer = optimizer, LearningRate = optimizer == OptimizerKind.AdamW ? 1e-3 : 0.05, WeightDecay = optimizer == OptimizerKind.AdamW ? 0.01 : 5e-4 };
        return recipe with
        {
            Epochs = parsed.GetValue(_epochs) ?? recipe.Epochs,
            BatchSize = parsed.GetValue(_batch) ?? recipe.BatchSize,
            LearningRate = parsed.GetValue(_rate) ?? recipe.LearningRate,
            Schedule = parsed.GetValue(_schedule) ?? recipe.Schedule,
            WarmupFraction = parsed.GetValue(_warmup) ?? recipe.WarmupFraction,
            WeightDecay = parsed.GetValue(_decay) ?? recipe.WeightDecay,
            LabelSmoothing = parsed.GetValue(_smoothing) ?? recipe.LabelSmoothing,
            EmaDecay = parsed.GetValue(_ema) ?? recipe.EmaDecay,
            ClipGradientNorm = parsed.GetValue(_clip) ?? recipe.ClipGradientNorm,
            Augmentation = recipe.Augmentation with { Crop = parsed.GetValue(_crop) ?? recipe.Augmentation.Crop },
            SmallSize = parsed.GetValue(_smallSize) ?? recipe.SmallSize,
            SmallFraction = parsed.GetValue(_smallFraction) ?? recipe.SmallFraction,
            Freeze = parsed.GetValue(_freeze) ?? recipe.Freeze,
            FreezeNorms = parsed.GetValue(_freezeNorms),
            LayerDecay = parsed.GetValue(_layerDecay) ?? recipe.LayerDecay,
            EarlyStoppingPatience = parsed.GetValue(_patience) ?? recipe.EarlyStoppingPatience,
            Seed = parsed.GetValue(_seed) ?? recipe.Seed,
            Precision = Precisions[parsed.GetValue(_precision)!],
            Threads = parsed.GetValue(_threads) ?? recipe.Threads,
            Workers = parsed.GetValue(_workers) ?? recipe.Workers,
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
        if (parsed.GetValue(Weights.Weights) is not null) suggested = new ImagePreprocessing { CropSize = suggested.CropSize, ResizeShortSide = suggested.ResizeShortSide };   // the published weights' mean and deviation
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
