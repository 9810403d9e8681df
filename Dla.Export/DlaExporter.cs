using Dla.Export.Onnx;
using Dla.MLNet;
using Dla.Models;
using Google.Protobuf;

namespace Dla.Export;

/// <summary>Writes DLA networks as ONNX files that carry their model card, each verified against its module before it gets its name.</summary>
/// <example><code>DlaExporter.Export(network, new DlaModelCard { Variant = "dla34", ClassNames = names }, "model.onnx");</code></example>
public static class DlaExporter
{
    /// <summary>Bytes from which memory is worth a collection.</summary>
    private const long LargeFile = 32 << 20;

    /// <summary>Exports a network; the same network, card and options give the same bytes.</summary>
    /// <param name="network">The module, on the CPU; it is used in evaluation mode and left in the mode it was in.</param>
    /// <param name="card">Class names (as many as the head has, or none) and preprocessing; its crop size is the input's height and width.</param>
    /// <param name="path">The file to write; it appears only when verification has passed, replacing one of that name.</param>
    /// <param name="options">See <see cref="DlaExportOptions"/>.</param>
    /// <param name="cancel">Stops between the steps; nothing is left behind.</param>
    /// <exception cref="ArgumentException">Card, options and network do not fit together.</exception>
    /// <exception cref="NotSupportedException">The file would exceed 2 GiB.</exception>
    /// <exception cref="DlaVerificationException">ONNX Runtime's results differ from the module's by more than the tolerance, or float16 overflows.</exception>
    public static DlaExportReport Export(DlaNetwork network, DlaModelCard card, string path, DlaExportOptions? options = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(card);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options = Complete(options, network);
        Check(network, card, options);

        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return AtomicFile.Write(path, temporary =>
        {
            var counts = Write(network, card, options, temporary);
            var bytes = new FileInfo(temporary).Length;
            // The graph's copy of the weights is garbage now. Verification allocates outside of the collector, which so would not see a reason to collect it.
            if (bytes > LargeFile) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            cancel.ThrowIfCancellationRequested();
            var verification = DlaVerifier.Verify(temporary, network, card.Preprocessing, options.Tolerance ?? DefaultTolerance(options.Precision), cancel);
            verification.ThrowIfFailed();
            if (options.Precision == DlaPrecision.Float16 && HalfOverflow.Find(temporary, network.Options.InputChannels, card.Preprocessing) is { } tensor)
                throw new DlaVerificationException($"'{tensor}' overflows in float16, whose largest number is 65,504. Export in float32.", verification);
            return new DlaExportReport(path, bytes, counts, verification);
        });
    }

    /// <summary>Exports a network to memory, verified as a file is; nothing is written anywhere.</summary>
    /// <returns>The bytes of the float32 ONNX file.</returns>
    internal static byte[] ToBytes(DlaNetwork network, DlaModelCard card, DlaExportOptions options, CancellationToken cancel = default)
    {
        options = Complete(options, network);
        Check(network, card, options);
        var bytes = DlaModel.Build(network, card, options).ToByteArray();
        cancel.ThrowIfCancellationRequested();
        DlaVerifier.Verify(bytes, "the exported model", network, card.Preprocessing, options.Tolerance ?? DefaultTolerance(options.Precision), cancel)
            .ThrowIfFailed();
        return bytes;
    }

    private static DlaExportOptions Complete(DlaExportOptions? options, DlaNetwork network)
    {
        options ??= new DlaExportOptions();
        return options.Outputs != DlaOutputs.None ? options
            : options with { Outputs = network.Options.NumClasses > 0 ? DlaOutputs.Logits : DlaOutputs.Embedding };
    }

    internal static double DefaultTolerance(DlaPrecision precision) => precision == DlaPrecision.Float32 ? 1e-4 : 1e-2;

    private static SortedDictionary<string, int> Write(DlaNetwork network, DlaModelCard card, DlaExportOptions options, string path)
    {
        var model = DlaModel.Build(network, card, options);
        using (var file = File.Create(path)) model.WriteTo(file);
        return new SortedDictionary<string, int>(model.Graph.Node.GroupBy(n => n.OpType).ToDictionary(g => g.Key, g => g.Count()), StringComparer.Ordinal);
    }

    private static void Check(DlaNetwork network, DlaModelCard card, DlaExportOptions options)
    {
        card.Preprocessing.Validate();
        var (classes, channels, crop) = (network.Options.NumClasses, network.Options.InputChannels, card.Preprocessing.CropSize);
        if (options.Opset is < 17 or > 21)
            throw new ArgumentException($"Opset {options.Opset} is asked for; opsets 17 to 21 are written.", nameof(options));
        if (options.BatchSize is < 1)
            throw new ArgumentException($"The batch size is {options.BatchSize}; it must be at least 1, or null for any.", nameof(options));
        if (card.ClassNames.Count != 0 && card.ClassNames.Count != classes)
            throw new ArgumentException($"The card names {card.ClassNames.Count} classes and the network has {classes}; " +
                "give as many names, or none.", nameof(card));
        if (classes == 0 && (options.Outputs & (DlaOutputs.Logits | DlaOutputs.Probabilities)) != 0)
            throw new ArgumentException("The network has no head. Ask for the embedding or the features " +
                "(--outputs embedding), or load it with a class count for a new head (--classes).", nameof(options));
        if (crop % 32 != 0)
            throw new ArgumentException($"The card's crop size is {crop}; a DLA network takes multiples of 32, such as 224.", nameof(card));
        var bytes = network.parameters().Sum(p => p.numel()) * (options.Precision == DlaPrecision.Float16 ? 2 : 4);
        if (bytes > OnnxGraphBuilder.SizeLimit)
            throw new NotSupportedException($"The weights take {bytes:N0} bytes; " +
                $"one ONNX file holds {OnnxGraphBuilder.SizeLimit:N0}, and external data is not written. Use fewer classes or half precision.");
        if (options.EmbedPreprocessing && card.Preprocessing.Mean.Count != channels)
            throw new ArgumentException($"The network has {channels} input channels and the card means for {card.Preprocessing.Mean.Count}; " +
                "embedding the preprocessing needs one per channel.", nameof(card));
    }
}
