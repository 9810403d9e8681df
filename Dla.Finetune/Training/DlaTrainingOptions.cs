using Dla.Models;

namespace Dla.Finetune;

/// <summary>The recipe of a training run. The defaults train a small network from scratch; see <see cref="Transfer"/> and <see cref="HeadOnly"/>.</summary>
public sealed record DlaTrainingOptions
{
    /// <summary>
    /// The set for fine-tuning pretrained weights: AdamW at 1e-3 with cosine decay and a short warm-up, batches of 64, ten epochs, random-resized crops
    /// of at least a third of the area.
    /// </summary>
    public static DlaTrainingOptions Transfer { get; } = new()
    {
        Epochs = 10,
        BatchSize = 64,
        Optimizer = OptimizerKind.AdamW,
        LearningRate = 1e-3,
        WeightDecay = 0.01,
        Schedule = LearningRateSchedule.Cosine,
        WarmupFraction = 0.05,
        Augmentation = new AugmentationOptions { Crop = CropMode.RandomResized, MinArea = 0.35 },
    };

    /// <summary>
    /// The set for training the head alone: <see cref="Transfer"/> with the rest frozen, its embeddings computed once, and a rate of 1e-2, as one layer
    /// learns too slowly at 1e-3.
    /// </summary>
    public static DlaTrainingOptions HeadOnly { get; } = Transfer with { Freeze = FrozenPart.Level5, CacheEmbeddings = true, LearningRate = 1e-2 };

    /// <summary>Passes over the training images. Default: 20.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>Images of one step. Default: 128.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>The optimizer. Default: SGD with Nesterov momentum.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Sgd;

    /// <summary>The highest learning rate. Default: 0.2, for SGD and 128 images a step.</summary>
    public double LearningRate { get; init; } = 0.2;

    /// <summary>Momentum of SGD, in [0, 1). Default: 0.9.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Weight decay of the convolutions; batch norms and biases have none. Default: 5e-4.</summary>
    public double WeightDecay { get; init; } = 5e-4;

    /// <summary>The course of the learning rate. Default: one cycle.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.OneCycle;

    /// <summary>The part of all steps, in [0, 1), until the highest rate. Default: 0.3.</summary>
    public double WarmupFraction { get; init; } = 0.3;

    /// <summary>The part of each target, in [0, 1), that is spread evenly over all classes. Default: 0.1.</summary>
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>
    /// Decay in [0, 1) of the exponential moving average of the weights, which is then what is measured and exported; 0 for none. Default: 0.
    /// </summary>
    public double EmaDecay { get; init; }

    /// <summary>Largest norm of the gradient; a longer one is scaled down to it. 0 for no limit. Default: 0.</summary>
    public double ClipGradientNorm { get; init; }

    /// <summary>
    /// Parts that a batch is computed in, one after another, with their gradients added up: the memory of so much smaller a batch, and all else the same
    /// but batch norms' statistics. Default: 1.
    /// </summary>
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>How much of the network keeps its weights, and the running statistics of its batch norms. Default: none.</summary>
    public FrozenPart Freeze { get; init; }

    /// <summary>
    /// Whether all batch norms keep their running statistics and normalise by them: for pretrained weights and small batches. Default:
    /// <see langword="false"/>.
    /// </summary>
    public bool FreezeNorms { get; init; }

    /// <summary>Each part's learning rate relative to the next part's, from the head (1) to the stem, in (0, 1]. Default: 1, the same for all.</summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>
    /// Probability in [0, 1) of dropping an embedding value before the head; <see langword="null"/> for the network's own
    /// (<see cref="DlaNetworkOptions.Dropout"/>). Default: the network's own, which is 0 where nothing else is asked for.
    /// </summary>
    public double? Dropout { get; init; }

    /// <summary>
    /// Epochs without a better result on the validation images after which training ends; <see langword="null"/> for all epochs. Default: all.
    /// </summary>
    public int? EarlyStoppingPatience { get; init; }

    /// <summary>How training images are varied. Default: pad and crop, and mirror.</summary>
    public AugmentationOptions Augmentation { get; init; } = new();

    /// <summary>α of mixup's Beta(α, α), such as 0.2; 0 for no mixup. With CutMix too, each batch is mixed by one of them. Default: 0.</summary>
    public double MixupAlpha { get; init; }

    /// <summary>α of CutMix's Beta(α, α), such as 1; 0 for no CutMix. Default: 0.</summary>
    public double CutMixAlpha { get; init; }

    /// <summary>Weights in the loss of classes, by name; those that are not named weigh 1. Default: <see langword="null"/>, all weigh the same.</summary>
    public IReadOnlyDictionary<string, double>? ClassWeights { get; init; }

    /// <summary>Whether classes weigh in the loss in inverse proportion to their images. Default: <see langword="false"/>.</summary>
    public bool BalancedClassWeights { get; init; }

    /// <summary>
    /// Whether each class is drawn equally often: rare ones repeatedly, of frequent ones other images in each epoch. Default: <see langword="false"/>.
    /// </summary>
    public bool BalancedSampling { get; init; }

    /// <summary>What happens to images that cannot be read. Default: an error.</summary>
    public BadTrainingImage OnBadImage { get; init; }

    /// <summary>
    /// Whether the frozen network's embeddings of all images (their centre crops, and their mirror images where mirroring is on) are computed once, and kept in
    /// the workspace; needs <see cref="FrozenPart.Level5"/>. Done by itself where images are not varied otherwise. Default: <see langword="false"/>.
    /// </summary>
    public bool CacheEmbeddings { get; init; }

    /// <summary>
    /// Side in pixels, a multiple of 32, of the input at the start of the run, whose steps are so much the quicker (progressive resizing). In the part of the
    /// epochs that <see cref="SmallFraction"/> names the side grows by 32 pixels at a time, each side for about as many epochs (32, then 64 where the full
    /// size is 96); <see langword="null"/> for the full size throughout. Default: full size.
    /// </summary>
    public int? SmallSize { get; init; }

    /// <summary>The part of the epochs, in [0, 1], that begins with <see cref="SmallSize"/> and stays below the full size. Default: 0.5.</summary>
    public double SmallFraction { get; init; } = 0.5;

    /// <summary>Seed of the order of the images, their variations and mixing, the images set apart for validation, and dropout. Default: 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// The number format that the network computes in; its weights are float32 in any case. Default: bfloat16 where the processor has instructions for
    /// it, else float32.
    /// </summary>
    public TrainingPrecision Precision { get; init; }

    /// <summary>Threads that the network computes with. The last bits of results depend on it. Default: one per processor.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Batches prepared at the same time, ahead of the network. Results do not depend on it. Default: 2.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>The sides in pixels, in their order, of the input before it has its full one.</summary>
    internal IEnumerable<int> SmallSizes(int fullSize)
    {
        if (SmallSize is not { } size) yield break;
        do yield return size;
        while ((size += 32) < fullSize);
    }

    /// <summary>
    /// Whether training is the head's alone, on embeddings that the frozen network makes once: asked for, or nothing else is trained and images vary by
    /// mirroring at most.
    /// </summary>
    internal bool UsesEmbeddings =>
        CacheEmbeddings || Freeze == FrozenPart.Level5 && Augmentation.IsMirrorOnly && MixupAlpha == 0 && CutMixAlpha == 0 && SmallSize is null;

    /// <summary>The recipe in a sentence, for the model's card; the automatic precision as what it means on this processor.</summary>
    public string Describe() => RecipeDescription.Of(this);

    /// <summary>Throws when a value makes no sense.</summary>
    /// <exception cref="ArgumentException">The message names the value and its range.</exception>
    public void Validate()
    {
        Require(Epochs >= 1, nameof(Epochs), Epochs, "at least 1");
        Require(BatchSize >= 2, nameof(BatchSize), BatchSize, "at least 2: batch norms need more than one image");
        Require(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "finite and above 0");
        Require(Momentum is >= 0 and < 1, nameof(Momentum), Momentum, "in [0, 1)");
        Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), nameof(WeightDecay), WeightDecay, "finite and not negative");
        Require(WarmupFraction is >= 0 and < 1, nameof(WarmupFraction), WarmupFraction, "in [0, 1)");
        Require(LabelSmoothing is >= 0 and < 1, nameof(LabelSmoothing), LabelSmoothing, "in [0, 1)");
        Require(Dropout is null or (>= 0 and < 1), nameof(Dropout), Dropout ?? 0, "in [0, 1), or null");
        Require(EmaDecay is >= 0 and < 1, nameof(EmaDecay), EmaDecay, "in [0, 1)");
        Require(ClipGradientNorm >= 0 && double.IsFinite(ClipGradientNorm), nameof(ClipGradientNorm), ClipGradientNorm, "finite and not negative");
        Require(AccumulationSteps >= 1, nameof(AccumulationSteps), AccumulationSteps, "at least 1");
        Require(BatchSize / AccumulationSteps >= 2, nameof(AccumulationSteps), AccumulationSteps, $"at most {BatchSize / 2}, " +
            "so that each part of a batch has two images");
        Require(MixupAlpha >= 0 && double.IsFinite(MixupAlpha), nameof(MixupAlpha), MixupAlpha, "finite and not negative");
        Require(CutMixAlpha >= 0 && double.IsFinite(CutMixAlpha), nameof(CutMixAlpha), CutMixAlpha, "finite and not negative");
        foreach (var (name, weight) in ClassWeights ?? new Dictionary<string, double>())
            Require(weight > 0 && double.IsFinite(weight), $"{nameof(ClassWeights)}['{name}']", weight, "finite and above 0");
        if (ClassWeights is not null && BalancedClassWeights) throw new ArgumentException($"{nameof(ClassWeights)} " +
            $"and {nameof(BalancedClassWeights)} are both set; choose one.");
        if (CacheEmbeddings) CheckEmbeddings();
        Require(LayerDecay is > 0 and <= 1, nameof(LayerDecay), LayerDecay, "in (0, 1]");
        Require(EarlyStoppingPatience is null or >= 1, nameof(EarlyStoppingPatience), EarlyStoppingPatience ?? 0, "at least 1, or null");
        if (!Enum.IsDefined(Freeze)) throw new ArgumentException($"{nameof(Freeze)} is {Freeze}; use one of {string.Join(", ", Enum.GetNames<FrozenPart>())}.");
        if (!Enum.IsDefined(OnBadImage)) throw new ArgumentException($"{nameof(OnBadImage)} is {OnBadImage}; " +
            $"use one of {string.Join(", ", Enum.GetNames<BadTrainingImage>())}.");
        if (!Enum.IsDefined(Precision)) throw new ArgumentException($"{nameof(Precision)} is {Precision}; " +
            $"use one of {string.Join(", ", Enum.GetNames<TrainingPrecision>())}.");
        Require(SmallSize is null or (>= 32), nameof(SmallSize), SmallSize ?? 0, "a multiple of 32, or null");
        Require(SmallFraction is >= 0 and <= 1, nameof(SmallFraction), SmallFraction, "in [0, 1]");
        Require(Threads >= 1, nameof(Threads), Threads, "at least 1");
        Require(Workers >= 1, nameof(Workers), Workers, "at least 1");
        Augmentation.Validate();
    }

    private void CheckEmbeddings()
    {
        if (Freeze != FrozenPart.Level5)
            throw new ArgumentException($"{nameof(CacheEmbeddings)} needs {nameof(Freeze)} " +
                $"{FrozenPart.Level5}, so that only the head is trained; it is {Freeze}.");
        if (Augmentation.Policy != AugmentationPolicy.None || Augmentation.ErasingProbability > 0 || MixupAlpha > 0 || CutMixAlpha > 0 || SmallSize is not null)
            throw new ArgumentException($"{nameof(CacheEmbeddings)} computes each image's embedding once: " +
                $"leave out augmentation policies, random erasing, mixup, CutMix and {nameof(SmallSize)}, or {nameof(CacheEmbeddings)}.");
    }

    private static void Require(bool holds, string name, double value, string range)
    {
        if (!holds) throw new ArgumentException(FormattableString.Invariant($"{name} is {value}; it must be {range}."), name);
    }
}
