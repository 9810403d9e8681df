using System.Globalization;
using Dla.MLNet;
using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>Runs a trained network on a few of its training images before it is exported.</summary>
internal static class OutputCheck
{
    private const int Images = 8;

    /// <summary>
    /// Makes sure that the network gives finite logits for at least one image. Finite weights with young running statistics, as after a single step, can
    /// give NaN for every image.
    /// </summary>
    /// <param name="network">In evaluation mode.</param>
    /// <param name="data">Its images. Those that cannot be read are passed over.</param>
    /// <param name="preprocessing">How scoring will prepare images.</param>
    /// <param name="options">The recipe, for the message.</param>
    /// <param name="epochs">Epochs done, for the message.</param>
    /// <param name="cancel">Stops without an answer.</param>
    /// <exception cref="TrainingDivergedException">It gives infinite numbers or NaN for all that were tried.</exception>
    public static void Require(DlaNetwork network, ImageDataset data, ImagePreprocessing preprocessing, DlaTrainingOptions options, int epochs,
        CancellationToken cancel)
    {
        if (IsFinite(network, data, preprocessing, cancel)) return;
        throw new TrainingDivergedException(string.Create(CultureInfo.InvariantCulture,
            $"The network's output is infinite or NaN for all training images that were tried, after {epochs} epochs. It is not exported. ") +
            string.Create(CultureInfo.InvariantCulture, $"Train for more steps, lower the learning rate ({options.LearningRate}), or clip gradients."));
    }

    private static bool IsFinite(DlaNetwork network, ImageDataset data, ImagePreprocessing preprocessing, CancellationToken cancel)
    {
        var (preprocessor, bad) = (new ImagePreprocessor(preprocessing), new BadImageList(BadTrainingImage.Skip));
        var pixels = new float[preprocessor.Length];
        var tried = 0;
        using var untracked = no_grad();
        for (var i = 0; i < data.Count && tried < Images && !cancel.IsCancellationRequested; i++)
        {
            if (!bad.Try(i, () => DlaAccuracy.Read(data, preprocessor, i, pixels))) continue;
            tried++;
            using var scope = NewDisposeScope();
            var logits = network.forward(tensor(pixels, [1, preprocessor.Channels, preprocessing.CropSize, preprocessing.CropSize]));
            if (logits.isfinite().all().item<bool>()) return true;
        }
        return tried == 0;
    }
}
