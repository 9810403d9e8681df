using static Dla.Finetune.ImageOperation;

namespace Dla.Finetune;

/// <summary>
/// The operations of the policies and their strengths in 31 bins, as torchvision's <c>TrivialAugmentWide</c> and <c>RandAugment</c> have them.
/// </summary>
internal static class PolicyTable
{
    /// <summary>Bins of strength.</summary>
    public const int Bins = 31;

    /// <summary>TrivialAugment's wide ranges. Translations are in pixels whatever the image's size.</summary>
    public static IReadOnlyList<PolicyEntry> TrivialAugmentWide { get; } = Entries(shear: 0.99f, translate: 32, rotate: 135, enhance: 0.99f, bits: 6);

    /// <summary>RandAugment's ranges for square images.</summary>
    /// <param name="size">Side in pixels; translations go up to 150 / 331 of it.</param>
    public static IReadOnlyList<PolicyEntry> RandAugment(int size) =>
        Entries(shear: 0.3f, translate: (float)(150.0 / 331.0 * size), rotate: 30, enhance: 0.9f, bits: 4);

    private static PolicyEntry[] Entries(float shear, float translate, float rotate, float enhance, int bits)
    {
        PolicyEntry Signed(ImageOperation operation, float most) => new(operation, Linear(0, most), IsSigned: true);
        return
        [
            new(Identity, [], false), Signed(ShearX, shear), Signed(ShearY, shear), Signed(TranslateX, translate), Signed(TranslateY, translate),
            Signed(Rotate, rotate),
            Signed(Brightness, enhance), Signed(Color, enhance), Signed(Contrast, enhance), Signed(Sharpness, enhance),
            new(Posterize, [.. Enumerable.Range(0, Bins).Select(i => 8 - MathF.Round(i / ((Bins - 1f) / bits)))], false),
            new(Solarize, Linear(255, 0), false), new(AutoContrast, [], false), new(Equalize, [], false),
        ];
    }

    /// <summary>PyTorch's <c>linspace</c> in float32: from both ends towards the middle.</summary>
    private static float[] Linear(float first, float last)
    {
        var step = (last - first) / (Bins - 1);
        return [.. Enumerable.Range(0, Bins).Select(i => i < Bins / 2 ? first + step * i : last - step * (Bins - 1 - i))];
    }
}
