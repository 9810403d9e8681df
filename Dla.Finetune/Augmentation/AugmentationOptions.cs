namespace Dla.Finetune;

/// <summary>How training images are varied.</summary>
public sealed record AugmentationOptions
{
    /// <summary>Nothing is varied: training sees what scoring sees.</summary>
    public static AugmentationOptions None { get; } = new() { Crop = CropMode.Centre, FlipProbability = 0 };

    /// <summary>How the image is cut out. Default: pad and crop.</summary>
    public CropMode Crop { get; init; } = CropMode.PadAndCrop;

    /// <summary>Pad-and-crop's border, as a part of the image's side. Default: 1/8, the customary 4 of CIFAR's 32 pixels.</summary>
    public double Padding { get; init; } = 0.125;

    /// <summary>Random-resized crop's smallest part of the image's area, in (0, 1]. Default: 0.08, as ImageNet networks are trained.</summary>
    public double MinArea { get; init; } = 0.08;

    /// <summary>Probability in [0, 1] that the image is mirrored left to right. Default: 0.5.</summary>
    public double FlipProbability { get; init; } = 0.5;

    /// <summary>Operations on colours and shape. Default: none.</summary>
    public AugmentationPolicy Policy { get; init; }

    /// <summary>RandAugment's N: operations applied to an image. Default: 2.</summary>
    public int Operations { get; init; } = 2;

    /// <summary>RandAugment's M: their strength, 0 … 30. Default: 9.</summary>
    public int Magnitude { get; init; } = 9;

    /// <summary>
    /// Probability in [0, 1] that a rectangle of 2 to 33 % of the image becomes the mean colour (random erasing, Zhong et al., 2020). Default: 0.
    /// </summary>
    public double ErasingProbability { get; init; }

    /// <summary>Whether images vary by no more than mirroring.</summary>
    internal bool IsMirrorOnly => Crop == CropMode.Centre && Policy == AugmentationPolicy.None && ErasingProbability == 0;

    /// <summary>The variations in a few words.</summary>
    internal string Describe()
    {
        var crop = Crop switch
        {
            CropMode.PadAndCrop => FormattableString.Invariant($"pad-and-crop {Padding}"),
            CropMode.RandomResized => FormattableString.Invariant($"random-resized crop from {MinArea}"),
            _ => "centre crop",
        };
        var policy = Policy switch
        {
            AugmentationPolicy.None => "",
            AugmentationPolicy.RandAugment => FormattableString.Invariant($", RandAugment {Operations} × {Magnitude}"),
            _ => $", {Policy}",
        };
        var erasing = ErasingProbability > 0 ? FormattableString.Invariant($", random erasing {ErasingProbability}") : "";
        return crop + (FlipProbability > 0 ? " and flip" : "") + policy + erasing;
    }

    /// <summary>Throws when a value makes no sense.</summary>
    /// <exception cref="ArgumentException">The message names the value and its range.</exception>
    public void Validate()
    {
        if (Padding is not (>= 0 and <= 1)) throw new ArgumentException($"{nameof(Padding)} is {Padding}; it must be in [0, 1].");
        if (MinArea is not (> 0 and <= 1)) throw new ArgumentException($"{nameof(MinArea)} is {MinArea}; it must be in (0, 1].");
        if (FlipProbability is not (>= 0 and <= 1)) throw new ArgumentException($"{nameof(FlipProbability)} is {FlipProbability}; it must be in [0, 1].");
        if (!Enum.IsDefined(Policy)) throw new ArgumentException($"{nameof(Policy)} is {Policy}; " +
            $"use one of {string.Join(", ", Enum.GetNames<AugmentationPolicy>())}.");
        if (Operations < 1) throw new ArgumentException($"{nameof(Operations)} is {Operations}; it must be at least 1.");
        if (Magnitude is < 0 or >= PolicyTable.Bins) throw new ArgumentException($"{nameof(Magnitude)} is {Magnitude}; " +
            $"it must be from 0 to {PolicyTable.Bins - 1}.");
        if (ErasingProbability is not (>= 0 and <= 1)) throw new ArgumentException($"{nameof(ErasingProbability)} is {ErasingProbability}; " +
            "it must be in [0, 1].");
    }
}
