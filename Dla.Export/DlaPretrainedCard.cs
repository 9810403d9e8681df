using Dla.MLNet;
using Dla.Models;

namespace Dla.Export;

/// <summary>The card of weights: a weight file of the trainer carries one, so that what is exported from it sees images as the trained network did.</summary>
public static class DlaPretrainedCard
{
    /// <summary>
    /// The card that the trainer saved in a safetensors file, under <see cref="DlaModelCard.MetadataKey"/>; <see langword="null"/> in other files.
    /// </summary>
    /// <exception cref="CheckpointException">The file's card cannot be read.</exception>
    public static DlaModelCard? SavedCard(this DlaPretrained weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (!weights.Metadata.TryGetValue(DlaModelCard.MetadataKey, out var json)) return null;
        try
        {
            return DlaModelCard.Parse(json);
        }
        catch (FormatException e)
        {
            throw new CheckpointException($"'{weights.Report.Path}': {e.Message}", e);
        }
    }

    /// <summary>The card for a model made of the weights: their class names, preprocessing, training and origin.</summary>
    /// <param name="weights">A network with its weights.</param>
    /// <param name="preprocessing">Default: what the file's card says, and else the published networks'.</param>
    /// <exception cref="CheckpointException">The file's card cannot be read.</exception>
    public static DlaModelCard Card(this DlaPretrained weights, ImagePreprocessing? preprocessing = null)
    {
        var saved = weights.SavedCard();
        return new DlaModelCard
        {
            Variant = weights.Network.Variant.Name,
            ClassNames = weights.ClassNames,
            Preprocessing = preprocessing ?? saved?.Preprocessing ?? new ImagePreprocessing(),
            Weights = saved?.Weights is { } origin ? $"{weights.Weights}, {origin}" : weights.Weights,
            Training = weights.Report.ReplacedHeadClasses is null ? saved?.Training : null,   // what was measured was measured with the old head
        };
    }
}
