namespace Dla.Finetune;

/// <summary>Applies an augmentation policy to square images of one size. Immutable; what is random comes from the caller.</summary>
internal sealed class PolicyRunner(AugmentationOptions options, int size)
{
    private readonly IReadOnlyList<PolicyEntry> _table = options.Policy == AugmentationPolicy.RandAugment
        ? PolicyTable.RandAugment(size) : PolicyTable.TrivialAugmentWide;

    /// <param name="pixels">size · size · 3 bytes of RGB, changed in place.</param>
    /// <param name="random">The image's own random numbers.</param>
    public void Run(Span<byte> pixels, ref SampleRandom random)
    {
        var operations = options.Policy switch
        {
            AugmentationPolicy.TrivialAugment => 1,
            AugmentationPolicy.RandAugment => options.Operations,
            _ => 0,
        };
        for (var i = 0; i < operations; i++)
        {
            var entry = _table[random.Below(_table.Count)];
            var bin = options.Policy == AugmentationPolicy.RandAugment ? options.Magnitude : random.Below(PolicyTable.Bins);
            var magnitude = entry.Magnitudes.Length > 0 ? entry.Magnitudes[bin] : 0;
            if (entry.IsSigned && random.Below(2) == 1) magnitude = -magnitude;
            ImageOperations.Apply(entry.Operation, magnitude, pixels, size, size);
        }
    }
}
