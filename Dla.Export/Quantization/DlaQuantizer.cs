using Dla.Export.Onnx;
using Dla.MLNet;

namespace Dla.Export;

/// <summary>Turns a float ONNX model into an int8 one that ONNX Runtime runs on bytes from the first convolution to the last.</summary>
/// <remarks>
/// Static quantization in QDQ format: int8 weights with a scale for each output channel, uint8 activations with one scale, int32 biases. It works on the
/// files of <see cref="DlaExporter"/> and on other exporters' convolutional networks; an operator that it does not know stays float and is named in the report.
/// </remarks>
public static class DlaQuantizer
{
    /// <summary>Quantizes a model.</summary>
    /// <param name="modelPath">A float32 ONNX file with one image input, opset 13 or later.</param>
    /// <param name="outputPath">The file to write; it appears only when everything has passed, replacing one of that name.</param>
    /// <param name="calibrationImages">
    /// Encoded image files (JPEG, PNG, …) like those to be scored, in random order; a few hundred of the training images. Read once.
    /// </param>
    /// <param name="options">See <see cref="DlaQuantizationOptions"/>.</param>
    /// <param name="progress">Gets the number of images calibrated so far.</param>
    /// <param name="cancel">Stops between images; nothing is left behind.</param>
    /// <exception cref="ArgumentException">An option is out of range, the model has no image input, or there are no images.</exception>
    /// <exception cref="InvalidDataException">The file is not an ONNX model, or an image cannot be read.</exception>
    /// <exception cref="NotSupportedException">The model is quantized already, not float32, or of an older opset than 13.</exception>
    public static DlaQuantizationReport Quantize(string modelPath, string outputPath, IEnumerable<ReadOnlyMemory<byte>> calibrationImages,
        DlaQuantizationOptions? options = null, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputPath);
        ArgumentNullException.ThrowIfNull(calibrationImages);
        options ??= new DlaQuantizationOptions();
        options.Validate();
        if (FileStatus.AreSame(modelPath, outputPath))
            throw new ArgumentException($"'{outputPath}' is the float model '{modelPath}', which would be lost. Name another file.", nameof(outputPath));
        var model = OnnxFile.Read(modelPath);
        Check(model, modelPath);
        var card = Card(model);
        GraphSimplifier.Run(model.Graph);
        using var quantization = Quantization.Start(model, card, calibrationImages, options, progress, cancel);
        var result = quantization.Choose(cancel);
        var record = new DlaQuantizationRecord
        {
            Scheme = $"int8 weights per channel ({Bits(options.WeightRange)}), uint8 activations per tensor, QDQ",
            Calibration = result.Method.ToString(),
            CalibrationImages = quantization.Images,
            KeptFloat = [.. result.Layers.Where(l => l.Float is not null).Select(l => l.Name)],
        };
        var quantized = (card ?? new DlaModelCard { Preprocessing = options.Preprocessing ?? new ImagePreprocessing() }) with { Quantization = record };
        if (quantized.Training is { MeasuredOn: { } data } training)   // the numbers are the float model's
            quantized = quantized with { Training = training with { MeasuredOn = $"{data}, in float before quantization" } };
        SetCard(result.Model, quantized, card is not null);
        result.Model.DocString = $"{model.DocString} Quantized to int8 ({record.Calibration} of {record.CalibrationImages} images).".TrimStart();
        var optimized = OptimizedGraph.Of(result.Model);

        outputPath = Path.GetFullPath(outputPath);
        Directory.CreateDirectory(Path.GetDirectoryName(outputPath)!);
        AtomicFile.Write(outputPath, temporary =>
        {
            OnnxFile.Write(result.Model, temporary);
            cancel.ThrowIfCancellationRequested();
        });
        return new DlaQuantizationReport
        {
            Path = outputPath,
            Bytes = new FileInfo(outputPath).Length,
            FloatBytes = new FileInfo(modelPath).Length,
            CalibrationImages = quantization.Images,
            ComparisonImages = quantization.ComparisonImages,
            Trials = result.Trials,
            Method = result.Method,
            WeightRange = options.WeightRange,
            Snr = result.Comparison.Snr,
            Agreement = result.Comparison.Agreement,
            OptimizedNodes = optimized.Counts,
            FloatInOptimizedGraph = optimized.Float,
            Layers = result.Layers,
        };
    }

    private static string Bits(DlaWeightRange range) =>
        range switch { DlaWeightRange.Full => "8 bits", DlaWeightRange.Reduced => "7 bits", _ => "8 bits, saturation-free" };

    private static void Check(ModelProto model, string path)
    {
        foreach (var node in model.Graph.Node)
            if (node.Output.Count == 0 || node.Input.Count < QuantizableOperators.LeastInputs(node))
                throw new InvalidDataException($"'{path}' is damaged: its node '{node.Name}' ({node.OpType}) has {node.Input.Count} inputs and " +
                    $"{node.Output.Count} outputs. Export the model again.");
        if (ModelOutputs.Find(model) is null)
            throw new NotSupportedException($"'{path}' gives {ModelOutputs.Describe(model)}; quantizing compares float32 scores. " +
                "Export the model with its logits as a float32 output.");
        if (model.Graph.Node.Any(n => n.OpType is "QuantizeLinear" or "DequantizeLinear" || n.OpType.StartsWith("QLinear", StringComparison.Ordinal)))
            throw new NotSupportedException($"'{path}' is quantized already. Quantize the float model that it was made from.");
        if (OnnxFile.Opset(model) is var opset && opset < 13)
            throw new NotSupportedException($"'{path}' has opset {opset}; scales per channel need 13 or later. Export the model again with a later opset.");
        var weights = model.Graph.Node.Where(QuantizableOperators.HasWeights).Select(n => OnnxGraph.Input(n, 1)).ToHashSet();
        if (model.Graph.Initializer.FirstOrDefault(i => weights.Contains(i.Name)
            && (TensorProto.Types.DataType)i.DataType is not TensorProto.Types.DataType.Float) is { } other)
        {
            var kind = (TensorProto.Types.DataType)other.DataType is TensorProto.Types.DataType.Float16 or TensorProto.Types.DataType.Bfloat16
                ? "16-bit float" : "other than float32";
            throw new NotSupportedException($"'{path}' has {kind} weights ('{other.Name}'). Quantize the float32 model that it was made from.");
        }
    }

    /// <summary>The model's card: of several the last, as where models are opened.</summary>
    private static DlaModelCard? Card(ModelProto model) =>
        model.MetadataProps.LastOrDefault(p => p.Key == DlaModelCard.MetadataKey) is { } entry ? DlaModelCard.Parse(entry.Value) : null;

    /// <summary>Another exporter's file gets no card: it would claim to know what it does not.</summary>
    private static void SetCard(ModelProto model, DlaModelCard card, bool hadCard)
    {
        if (!hadCard) return;
        GraphSimplifier.Keep(model.MetadataProps, p => p.Key != DlaModelCard.MetadataKey);
        model.MetadataProps.Add(new StringStringEntryProto { Key = DlaModelCard.MetadataKey, Value = card.ToJson() });
    }
}
