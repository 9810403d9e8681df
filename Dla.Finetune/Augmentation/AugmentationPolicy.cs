namespace Dla.Finetune;

/// <summary>
/// Image operations of random kind and strength, applied to the cropped image; their tables are torchvision's and their arithmetic is Pillow's.
/// </summary>
public enum AugmentationPolicy
{
    /// <summary>None.</summary>
    None,

    /// <summary>One operation of any strength (Müller and Hutter, 2021), with the wide ranges. It has nothing to tune.</summary>
    TrivialAugment,

    /// <summary>
    /// Several operations of one strength (Cubuk et al., 2020): <see cref="AugmentationOptions.Operations"/> and
    /// <see cref="AugmentationOptions.Magnitude"/>.
    /// </summary>
    RandAugment,
}
