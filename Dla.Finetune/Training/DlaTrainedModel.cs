using System.Text.Json;
using Dla.Export;
using Dla.MLNet;
using Dla.Models;

namespace Dla.Finetune;

/// <summary>Writes trained networks as model files that tell how they were made.</summary>
public static class DlaTrainedModel
{
    private static readonly DlaExportOptions Exported = new() { Outputs = DlaOutputs.Logits | DlaOutputs.Features };

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
    /// <exception cref="TrainingDivergedException">The network's output is infinite or NaN.</exception>
    /// <exception cref="IOException">
    /// The file cannot be written. Weights that are in <paramref name="weightsPath"/> already, as after a training, stay there.
    /// </exception>
    public static DlaExportReport Export(
        DlaNetwork network, ImageDataset train, ImagePreprocessing preprocessing, DlaTrainingOptions options, DlaTrainingResult result,
        string start, (DlaAccuracy Accuracy, string Data)? measured, string path, string? weightsPath = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(result);
        OutputCheck.Require(network, train, preprocessing, options, result.Epochs.Count, cancel);
        var card = Card(network, train, preprocessing, options, result, start, measured);
        var report = Write(path, weightsPath, () => DlaExporter.Export(network, card, path, Exported, cancel));
        if (weightsPath is not null) Write(weightsPath, weightsPath, () => SaveWeights(network, card, weightsPath, result.Run));
        return report;
    }

    /// <summary>Runs an action that writes a file, and says where the trained weights are if it cannot.</summary>
    private static T Write<T>(string path, string? weightsPath, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && File.Exists(weightsPath))
        {
            throw new IOException($"'{path}' cannot be written: {e.Message} The trained weights are safe in '{weightsPath}'. " +
                "Free space on the disk and resume the run (--resume, in ML.NET Resume = true): it writes the model without training again.", e);
        }
    }

    /// <summary>The same in memory, with nothing written.</summary>
    internal static byte[] ToBytes(DlaNetwork network, ImageDataset train, ImagePreprocessing preprocessing, DlaTrainingOptions options,
        DlaTrainingResult result, string start, (DlaAccuracy Accuracy, string Data)? measured)
    {
        OutputCheck.Require(network, train, preprocessing, options, result.Epochs.Count, CancellationToken.None);
        return DlaExporter.ToBytes(network, Card(network, train, preprocessing, options, result, start, measured), Exported);
    }

    /// <summary>Saves weights as safetensors with their card and class names, by which <c>--weights</c> knows how to use them.</summary>
    /// <param name="network">The weights.</param>
    /// <param name="card">Their card.</param>
    /// <param name="path">The file.</param>
    /// <param name="run">The run that they belong to, by which it knows them when it is resumed; <see langword="null"/> for one of 0.1.0.</param>
    /// <returns><see langword="true"/>.</returns>
    internal static bool SaveWeights(DlaNetwork network, DlaModelCard card, string path, string? run)
    {
        var texts = new Dictionary<string, string>
        {
            ["dla.variant"] = network.Variant.Name,
            [DlaModelCard.MetadataKey] = card.ToJson(),
            [DlaPretrained.ClassNamesKey] = JsonSerializer.Serialize(card.ClassNames),
        };
        if (run is not null) texts[SavedRun.RunKey] = run;
        TrainingChecksum.Save(path, network.state_dict(), texts);
        return true;
    }

    private static DlaModelCard Card(
        DlaNetwork network, ImageDataset train, ImagePreprocessing preprocessing, DlaTrainingOptions options, DlaTrainingResult result, string start,
        (DlaAccuracy Accuracy, string Data)? measured)
    {
        var card = Card(network, train, preprocessing, options with { Precision = result.Precision }, result.Epochs.Count, measured);
        return card with { Weights = $"{card.Weights} for {result.Epochs.Count} epochs from {start}" };
    }

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
