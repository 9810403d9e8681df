using System.Text.Json;
using Dla.Export;
using Dla.MLNet;
using Dla.Models;

namespace Dla.Finetune;

/// <summary>Writes trained networks as model files that tell how they were made.</summary>
public static class DlaTrainedModel
{
    /// <summary>
    /// Exports a trained network as ONNX with its card and the outputs <c>logits</c> and <c>features</c> (for activation maps), verified against the
    /// module.
    /// </summary>
    /// <param name="network">The network that <see cref="DlaTrainer"/> left.</param>
    /// <param name="train">What it learned from: its classes and name go to the card.</param>
    /// <param name="preprocessing">What it was trained with.</param>
    /// <param name="options">The recipe.</param>
    /// <param name="result">How training ended.</param>
    /// <param name="start">The weights it started from, in a few words, such as <c>random weights, seed 1</c>.</param>
    /// <param name="measured">Its accuracy on images that it has not learned from, and those images' name; <see langword="null"/> when not measured.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="weightsPath">
    /// Where the weights are saved too, as safetensors with the same card, such as <see cref="TrainingWorkspace.BestWeights"/>, whose own card knows neither
    /// the start nor the end; <see langword="null"/> for nowhere.
    /// </param>
    /// <param name="cancel">Stops; nothing is left behind.</param>
    public static DlaExportReport Export(
        DlaNetwork network, ImageDataset train, ImagePreprocessing preprocessing, DlaTrainingOptions options, DlaTrainingResult result,
        string start, (DlaAccuracy Accuracy, string Data)? measured, string path, string? weightsPath = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(result);
        var card = Card(network, train, preprocessing, options with { Precision = result.Precision }, result.Epochs.Count, measured);
        card = card with { Weights = $"{card.Weights} for {result.Epochs.Count} epochs from {start}" };
        var report = DlaExporter.Export(network, card, path, new DlaExportOptions { Outputs = DlaOutputs.Logits | DlaOutputs.Features }, cancel);
        if (weightsPath is not null) SaveWeights(network, card, weightsPath);
        return report;
    }

    /// <summary>Saves weights as safetensors with their card and class names, by which <c>--weights</c> knows how to use them.</summary>
    internal static void SaveWeights(DlaNetwork network, DlaModelCard card, string path) => Safetensors.Save(path, network, new Dictionary<string, string>
    {
        [DlaModelCard.MetadataKey] = card.ToJson(),
        [DlaPretrained.ClassNamesKey] = JsonSerializer.Serialize(card.ClassNames),
    });

    internal static DlaModelCard Card(
        DlaNetwork network, ImageDataset train, ImagePreprocessing preprocessing, DlaTrainingOptions options, int epochs,
        (DlaAccuracy Accuracy, string Data)? measured) => new()
        {
            Variant = network.Variant.Name,
            ClassNames = train.ClassNames,
            Preprocessing = preprocessing,
            Weights = "trained by dla finetune",
            Training = new DlaTrainingRecord
            {
                Data = train.Name,
                Epochs = epochs,
                Recipe = options.Describe(),
                MeasuredOn = measured?.Data,
                Top1 = measured?.Accuracy.Top1,
                Top5 = measured?.Accuracy.Top5,
            },
        };
}
