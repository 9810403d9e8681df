namespace Dla.Models;

/// <summary>What was published for a variant's ImageNet-1k weights, at 224×224 with one centre crop.</summary>
/// <param name="Top1">Fraction in [0, 1] of validation images whose best class is right.</param>
/// <param name="Top5">Fraction in [0, 1] whose right class is among the best five.</param>
public sealed record PublishedAccuracy(double Top1, double Top5)
{
    /// <summary>timm's figures for the weights it converted from the authors' files; <see langword="null"/> for a variant of your own.</summary>
    public static PublishedAccuracy? Of(DlaVariant variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        return PublishedWeights.TryParse(variant.Name)?.Accuracy;
    }
}
