using System.CommandLine;
using System.Globalization;
using Dla.Finetune;
using Dla.MLNet;

namespace Dla.Cli.Commands;

/// <summary>The options of <c>dla finetune</c> and what they mean.</summary>
internal sealed class FinetuneOptions
{
    private static readonly Dictionary<string, TrainingPrecision> Precisions = new() { ["auto"] = TrainingPrecision.Auto, ["fp32"] = TrainingPrecision.Float32,
        ["bf16"] = TrainingPrecision.BFloat16 };

    private const string Balanced = "balanced";

    private readonly Option<int?> _size = new("--size") { Description = "Height and width of the input in pixels, " +
        "a multiple of 32. Default: that of the trainer's own weights, else 64 for cifar100, else 224." };
    private readonly Option<int?> _resize = new("--resize") { Description = "Shorter side before the crop. " +
        "Default: as with the trainer's own weights, else --size for cifar100, else --size / 0.875." };
    private readonly Option<int?> _epochs = new("--epochs") { Description = "Passes over the training images. Default: 20, with --weights 10." };
    private readonly Option<int?> _batch = new("--batch") { Description = "Images of one step. Default: 128, with --weights 64." };
    private readonly Option<int?> _accumulate = new("--accumulate") { Description = "Compute each batch in so many parts, for less memory. Default: 1." };
    private readonly Option<OptimizerKind?> _optimizer = new("--optimizer") { Description = "Sgd (Nesterov), AdamW or Adam. " +
        "Default: Sgd, with --weights AdamW." };
    private readonly Option<double?> _rate = new("--learning-rate") { Description = "The highest learning rate. " +
        "Default: 0.2 (with --weights 0.05), with AdamW and Adam 0.001 (the head alone 0.01)." };
    private readonly Option<LearningRateSchedule?> _schedule = new("--schedule") { Description = "OneCycle, Cosine, Step or Constant. " +
        "Default: OneCycle, with --weights Cosine." };
    private readonly Option<double?> _warmup = new("--warmup") { Description = "Fraction of the run in which the rate rises to the highest. " +
        "Default: 0.3, with --weights 0.05." };
    private readonly Option<double?> _decay = new("--weight-decay") { Description = "Weight decay of convolutions. " +
        "Default: 0.0005, with AdamW 0.01, with Adam 0." };
    private readonly Option<double?> _smoothing = new("--label-smoothing") { Description = "Part of a target spread over all classes. Default: 0.1." };
    private readonly Option<double?> _ema = new("--ema") { Description = "Decay of the moving average of the weights, such as 0.999. Default: none." };
    private readonly Option<double?> _clip = new("--clip") { Description = "Largest norm of the gradient; a longer one is scaled down to it. " +
        "Default: no limit." };
    private readonly Option<CropMode?> _crop = new("--crop") { Description = "Centre, PadAndCrop or RandomResized. " +
        "Default: PadAndCrop, with --weights RandomResized." };
    private readonly Option<double?> _flip = new("--flip") { Description = "Probability of mirroring an image. Default: 0.5." };
    private readonly Option<AugmentationPolicy?> _policy = new("--augment") { Description = "TrivialAugment or RandAugment. Default: None." };
    private readonly Option<int?> _operations = new("--randaugment-operations") { Description = "RandAugment's N, operations an image. Default: 2." };
    private readonly Option<int?> _magnitude = new("--randaugment-magnitude") { Description = "RandAugment's M, their strength from 0 to 30. Default: 9." };
    private readonly Option<double?> _erasing = new("--random-erasing") { Description = "Probability of erasing a rectangle. Default: 0." };
    private readonly Option<double?> _mixup = new("--mixup") { Description = "Mixup's alpha, such as 0.2. Default: 0, none." };
    private readonly Option<double?> _cutMix = new("--cutmix") { Description = "CutMix's alpha, such as 1. Default: 0, none." };
    private readonly Option<string?> _classWeights = new("--class-weights") { Description = "Weights in the loss: " +
        "balanced, or class=weight separated by commas; others weigh 1. Default: all 1.", HelpName = "balanced|class=weight,…" };
    private readonly Option<bool> _balanced = new("--balanced-sampling") { Description = "Draw each class equally often." };
    private readonly Option<BadTrainingImage?> _badImages = new("--bad-images") { Description = "Error, or Skip: leave " +
        "images that cannot be read out, and count them. Default: Error." };
    private readonly Option<bool> _cacheEmbeddings = new("--cache-embeddings") { Description = "With --freeze Level5: " +
        "run the frozen network once, on centre crops and their mirror images. By itself with --crop Centre." };
    private readonly Option<int?> _smallSize = new("--small-size") { Description = "Side of the input in " +
        "the first epochs, which are so much the quicker; it grows by 32 pixels at a time. Default: --size throughout." };
    private readonly Option<double?> _smallFraction = new("--small-fraction") { Description = "Part of the epochs below --size. Default: 0.5." };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Seed of weights, of the images chosen, of their order and variations. Default: 1." };
    private readonly Option<string> _precision = new("--precision") { Description = "What the network computes in: fp32; " +
        "bf16 beside float32 weights; auto: bf16 where the processor has instructions for it.", DefaultValueFactory = _ => "auto" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads of the network. Default: one per processor." };
    private readonly Option<int?> _workers = new("--workers") { Description = "Batches prepared at the same time. Default: 2." };
    private readonly Option<FrozenPart?> _freeze = new("--freeze") { Description = "Keep the weights from " +
        "the input up to Stem, Level0 … Level5 (all but the head). Default: None." };
    private readonly Option<bool> _freezeNorms = new("--freeze-norms") { Description = "Batch norms keep their running statistics." };
    private readonly Option<double?> _layerDecay = new("--layer-decay") { Description = "Each part's learning rate relative to the next one's. Default: 1." };
    private readonly Option<int?> _patience = new("--patience") { Description = "End after so many epochs " +
        "without a better validation result. Default: never." };
    private readonly Option<double?> _dropout = new("--dropout") { Description = "Probability of dropping an embedding value before the head. Default: 0." };
    private readonly Option<DirectoryInfo?> _workspace = new("--workspace") { Description = "Folder of checkpoints and log. " +
        "Default: the output's name with .training." };
    private readonly Option<double> _checkpointMinutes = new("--checkpoint-minutes") { Description = "Time between checkpoints " +
        "within an epoch; there is one after each epoch in any case.", DefaultValueFactory = _ => 10, HelpName = "minutes" };
    private readonly Option<bool> _resume = new("--resume") { Description = "Continue the run in the workspace. There must be one." };

    public FinetuneOptions() => _precision.AcceptOnlyFromAmong([.. Precisions.Keys]);

    public WeightsOptions Weights { get; } = new();

    public Option<string?> DataPath { get; } = DataArgument.Where();

    public Option<bool> FollowLinks { get; } = DataArgument.FollowLinks();

    public Option<string?> Classes { get; } = new("--classes") { Description = "Learn these classes only: " +
        "names, or ranges of their numbers such as 0-79, separated by commas.", HelpName = "classes" };

    public Option<int?> ImagesPerClass { get; } = new("--images-per-class") { Description = "Learn from so many images of each class, " +
        "chosen by the seed. Default: all." };

    public Option<string?> Validation { get; } = new("--validation") { Description = "A data set measured after each epoch: " +
        "a folder or list file; the best epoch is kept.", HelpName = "file|folder" };

    public Option<double?> ValidationFraction { get; } = new("--validation-fraction") { Description = "Part of the training " +
        "images set apart and measured after each epoch; the best epoch is kept." };

    public Option<FileInfo?> Output { get; } = new("--output", "-o") { Description = "The ONNX file to write. Default: the variant's name with .onnx." };

    public IEnumerable<Option> All =>
    [
        DataPath, FollowLinks, Classes, ImagesPerClass, Validation, ValidationFraction, _badImages, _classWeights, _balanced,
        _size, _resize, _epochs, _batch, _accumulate, _optimizer, _rate, _schedule, _warmup, _decay, _smoothing, _ema, _clip,
        _crop, _flip, _policy, _operations, _magnitude, _erasing, _mixup, _cutMix, _smallSize, _smallFraction,
        _freeze, _cacheEmbeddings, _freezeNorms, _layerDecay, _dropout, _patience, _seed, _precision, _threads, _workers, _workspace, _checkpointMinutes,
        _resume, Output,
    ];

    /// <summary>The defaults of the kind of training, and what the command line says otherwise.</summary>
    public DlaTrainingOptions Recipe(ParseResult parsed)
    {
        var isHeadOnly = parsed.GetValue(_freeze) == FrozenPart.Level5;
        var recipe = parsed.GetValue(Weights.Weights) is null ? new DlaTrainingOptions() : isHeadOnly ? DlaTrainingOptions.HeadOnly
            : DlaTrainingOptions.Transfer;
        if (parsed.GetValue(_optimizer) is { } optimizer && optimizer != recipe.Optimizer)
        {
            var adaptive = isHeadOnly ? 1e-2 : 1e-3;
            var (rate, decay) = optimizer switch { OptimizerKind.AdamW => (adaptive, 0.01), OptimizerKind.Adam => (adaptive, 0), _ => (0.05, 5e-4) };
            recipe = recipe with { Optimizer = optimizer, LearningRate = rate, WeightDecay = decay };
        }
        return recipe with
        {
            Epochs = parsed.GetValue(_epochs) ?? recipe.Epochs,
            BatchSize = parsed.GetValue(_batch) ?? recipe.BatchSize,
            AccumulationSteps = parsed.GetValue(_accumulate) ?? recipe.AccumulationSteps,
            LearningRate = parsed.GetValue(_rate) ?? recipe.LearningRate,
            Schedule = parsed.GetValue(_schedule) ?? recipe.Schedule,
            WarmupFraction = parsed.GetValue(_warmup) ?? recipe.WarmupFraction,
            WeightDecay = parsed.GetValue(_decay) ?? recipe.WeightDecay,
            LabelSmoothing = parsed.GetValue(_smoothing) ?? recipe.LabelSmoothing,
            EmaDecay = parsed.GetValue(_ema) ?? recipe.EmaDecay,
            Dropout = parsed.GetValue(_dropout) ?? recipe.Dropout,
            ClipGradientNorm = parsed.GetValue(_clip) ?? recipe.ClipGradientNorm,
            Augmentation = Augmentation(parsed, recipe.Augmentation),
            MixupAlpha = parsed.GetValue(_mixup) ?? recipe.MixupAlpha,
            CutMixAlpha = parsed.GetValue(_cutMix) ?? recipe.CutMixAlpha,
            ClassWeights = ClassWeights(parsed),
            BalancedClassWeights = parsed.GetValue(_classWeights) == Balanced,
            BalancedSampling = parsed.GetValue(_balanced),
            OnBadImage = parsed.GetValue(_badImages) ?? recipe.OnBadImage,
            CacheEmbeddings = parsed.GetValue(_cacheEmbeddings),
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

    /// <summary>What the command line says, then the mean, deviation and filter of the weights, then what suits the data.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="train">The data.</param>
    /// <param name="saved">How the weights' network was trained or published; <see langword="null"/> for random weights.</param>
    public ImagePreprocessing Preprocessing(ParseResult parsed, ImageDataset train, DlaModelCard? saved)
    {
        var suggested = train.SuggestPreprocessing(parsed.GetValue(_size));
        if (saved is { Training: not null }) suggested = saved.Preprocessing.ScaledTo(parsed.GetValue(_size) ?? saved.Preprocessing.CropSize);
        else if (saved is not null) suggested = saved.Preprocessing with { CropSize = suggested.CropSize, ResizeShortSide = suggested.ResizeShortSide };
        return parsed.GetValue(_resize) is { } resize ? suggested with { ResizeShortSide = resize } : suggested;
    }

    public TrainingWorkspace Workspace(ParseResult parsed, string output) =>
        new(parsed.GetValue(_workspace)?.FullName ?? Path.ChangeExtension(output, ".training"), parsed.GetValue(_resume), CheckpointEvery(parsed));

    public TimeSpan CheckpointEvery(ParseResult parsed) => parsed.GetValue(_checkpointMinutes) is > 0 and < 1e6 and var minutes
        ? TimeSpan.FromMinutes(minutes)
        : throw new ArgumentException("--checkpoint-minutes must be above 0, such as 10 or 0.5.");

    private AugmentationOptions Augmentation(ParseResult parsed, AugmentationOptions usual) => usual with
    {
        Crop = parsed.GetValue(_crop) ?? usual.Crop,
        FlipProbability = parsed.GetValue(_flip) ?? usual.FlipProbability,
        Policy = parsed.GetValue(_policy) ?? usual.Policy,
        Operations = parsed.GetValue(_operations) ?? usual.Operations,
        Magnitude = parsed.GetValue(_magnitude) ?? usual.Magnitude,
        ErasingProbability = parsed.GetValue(_erasing) ?? usual.ErasingProbability,
    };

    private Dictionary<string, double>? ClassWeights(ParseResult parsed)
    {
        if (parsed.GetValue(_classWeights) is not { } text || text == Balanced) return null;
        var weights = new Dictionary<string, double>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.LastIndexOf('=');
            if (equals < 1 || !double.TryParse(part[(equals + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var weight))
                throw new ArgumentException($"'{part}' of --class-weights is not class=weight. Give balanced, or such as cat=2,dog=0.5.");
            weights[part[..equals]] = weight;
        }
        return weights;
    }
}
