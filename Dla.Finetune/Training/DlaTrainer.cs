using System.Globalization;
using Dla.MLNet;
using Dla.Models;

namespace Dla.Finetune;

/// <summary>Trains networks on labelled images.</summary>
/// <example><code>
/// using var network = new DlaNetwork(DlaVariant.Dla46C, new DlaNetworkOptions { NumClasses = 100 });
/// var result = DlaTrainer.Train(network, train, validation: null, preprocessing, new DlaTrainingOptions { Epochs = 20 });
/// </code></example>
public static class DlaTrainer
{
    /// <summary>Trains a network in place.</summary>
    /// <param name="network">
    /// Random or pretrained weights, on the CPU. Afterwards it has the weights of the result's best epoch and is in evaluation mode.
    /// </param>
    /// <param name="train">What it learns from; at least two classes and a batch of images.</param>
    /// <param name="validation">Measured after every epoch; <see langword="null"/> for none.</param>
    /// <param name="preprocessing">How scoring will preprocess; training varies images around this.</param>
    /// <param name="options">The recipe.</param>
    /// <param name="workspace">Where checkpoints and the log go; <see langword="null"/> keeps none. A folder is used by one run at a time: another one is refused.</param>
    /// <param name="monitor">Receives the progress.</param>
    /// <param name="cancel">Stops at the next step, after a checkpoint; the result then says that the run is not complete.</param>
    /// <exception cref="ArgumentException">Network, data and options do not fit together.</exception>
    /// <exception cref="TrainingDivergedException">The loss or weights became infinite or NaN.</exception>
    /// <exception cref="InvalidDataException">The workspace holds another run, or a damaged one.</exception>
    /// <exception cref="IOException">
    /// The workspace cannot be written, has no run to resume, or is in use by another run. Found out before the first step.
    /// </exception>
    /// <exception cref="InsufficientMemoryException">There is too little memory for batches of this size.</exception>
    /// <exception cref="Dla.MLNet.ImageDecodeException">An image is bad, and the recipe does not say to skip such.</exception>
    public static DlaTrainingResult Train(
        DlaNetwork network, ImageDataset train, ImageDataset? validation, ImagePreprocessing preprocessing, DlaTrainingOptions options,
        TrainingWorkspace? workspace = null, ITrainingMonitor? monitor = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Check(network, train, options);
        if (validation is not null) Check(network, validation);
        if (validation is { Count: 0 })
            throw new ArgumentException($"'{validation.Name}' has no images to measure on. Add some, or train without.", nameof(validation));
        if (validation is null && options.EarlyStoppingPatience is not null)
            throw new ArgumentException($"{nameof(options.EarlyStoppingPatience)} is set, and there are no validation images to see an improvement on. " +
                "Give some, or a part of the training images.", nameof(options));
        DlaNetwork.CheckSize(preprocessing.CropSize, preprocessing.CropSize);
        using var run = new TrainingRun(network, train, validation, preprocessing, options, workspace, monitor);
        return run.Execute(cancel);
    }

    private static void Check(DlaNetwork network, ImageDataset train, DlaTrainingOptions options)
    {
        Check(network, train);
        if (train.Count < options.BatchSize)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"'{train.Name}' has {train.Count} images, " +
                $"fewer than one batch of {options.BatchSize}. Add images, or make the batch smaller."), nameof(train));
        var counts = new int[train.ClassNames.Count];
        for (var i = 0; i < train.Count; i++) counts[train.Label(i)]++;
        if (counts.Length < 2) throw new ArgumentException($"'{train.Name}' has only the class '{train.ClassNames[0]}'; " +
            "there is nothing to tell apart. Give images of two classes or more.", nameof(train));
        var empty = Array.IndexOf(counts, 0);
        if (empty >= 0) throw new ArgumentException($"'{train.Name}' has no image of class '{train.ClassNames[empty]}'. " +
            "Add some, or leave the class out.", nameof(train));
    }

    private static void Check(DlaNetwork network, ImageDataset data)
    {
        if (data.ClassNames.Count != network.Options.NumClasses)
            throw new ArgumentException($"'{data.Name}' has {data.ClassNames.Count} classes and " +
                $"the network {network.Options.NumClasses}; they must be the same.", nameof(data));
        for (var i = 0; i < data.Count; i++)
            if ((uint)data.Label(i) >= (uint)data.ClassNames.Count)
                throw new ArgumentException($"{data.Describe(i)} has label {data.Label(i)}; " +
                    $"the {data.ClassNames.Count} classes are numbered from 0.", nameof(data));
    }
}
