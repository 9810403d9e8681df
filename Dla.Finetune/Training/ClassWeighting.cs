namespace Dla.Finetune;

/// <summary>How much each class weighs in the loss.</summary>
internal static class ClassWeighting
{
    /// <summary>A weight for each class; <see langword="null"/> where all weigh the same.</summary>
    /// <exception cref="ArgumentException">A weight is given for a class that the data does not have.</exception>
    public static float[]? Of(ImageDataset data, DlaTrainingOptions options)
    {
        if (options.ClassWeights is { } given) return Given(data, given);
        if (!options.BalancedClassWeights) return null;
        var counts = new int[data.ClassNames.Count];
        for (var i = 0; i < data.Count; i++) counts[data.Label(i)]++;
        return [.. counts.Select(n => (float)((double)data.Count / counts.Length / n))];
    }

    private static float[] Given(ImageDataset data, IReadOnlyDictionary<string, double> given)
    {
        var unknown = given.Keys.FirstOrDefault(n => !data.ClassNames.Contains(n));
        if (unknown is not null)
            throw new ArgumentException($"There is a weight for the class '{unknown}', which '{data.Name}' does not have; " +
                $"it has {string.Join(", ", data.ClassNames.Take(5))}{(data.ClassNames.Count > 5 ? ", …" : "")}.", nameof(given));
        return [.. data.ClassNames.Select(n => (float)given.GetValueOrDefault(n, 1))];
    }
}
