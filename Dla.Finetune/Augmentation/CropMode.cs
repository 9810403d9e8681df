namespace Dla.Finetune;

/// <summary>How a training image is cut out of its file.</summary>
public enum CropMode
{
    /// <summary>The centre crop of scoring.</summary>
    Centre,

    /// <summary>
    /// Scoring's crop, moved at random: the image is padded with black by a part of its side, and a piece of the old size is cut out of it (He et al.,
    /// 2015).
    /// </summary>
    PadAndCrop,

    /// <summary>A random piece of random area and aspect ratio (Szegedy et al., 2015), as ImageNet networks are trained.</summary>
    RandomResized,
}
