using Dla.Export.Onnx;
using Dla.MLNet;
using Dla.Models;
using static Dla.Export.Onnx.OnnxGraphBuilder;

namespace Dla.Export;

/// <summary>The whole ONNX model of a network: inputs, graph, outputs, metadata.</summary>
internal static class DlaModel
{
    public const string PixelsInput = "pixels";
    public const string ImageInput = "image";

    public static ModelProto Build(DlaNetwork network, DlaModelCard card, DlaExportOptions options)
    {
        var size = options.DynamicSize ? (long?)null : card.Preprocessing.CropSize;
        var half = options.Precision == DlaPrecision.Float16;
        var graph = new OnnxGraphBuilder(card.Variant ?? network.Variant.Name, new OnnxPlane(size, size), options.BatchSize, half);
        var dla = new DlaGraph(graph);

        var pixels = options.EmbedPreprocessing ? Normalise(graph, card.Preprocessing, network.Options.InputChannels)
            : graph.Input(PixelsInput, network.Options.InputChannels, "normalised images, [N, C, H, W]: (value / 255 − mean) / std as the model card says");
        if (half) pixels = graph.Cast("/half", pixels, toFloat32: false);
        var features = dla.Features(network, pixels);
        var pooled = (options.Outputs & ~DlaOutputs.Features) == 0 ? features : dla.Pool(features);   // nobody asks for the average
        if (network.Head is { } head && (options.Outputs & (DlaOutputs.Logits | DlaOutputs.Probabilities)) != 0)
        {
            var wanted = options.Outputs.HasFlag(DlaOutputs.Logits);
            var logits = Publish("logits", dla.Head(head, pooled), v => dla.Flatten(v, "/flatten", half || !wanted ? null : "logits"), wanted);
            if (wanted) graph.Output(logits, "class scores before the softmax, [N, C]");
            if (options.Outputs.HasFlag(DlaOutputs.Probabilities))
                graph.Output(graph.Float32Node("Softmax", "/softmax", [logits.Name], logits, "probabilities", Integer("axis", 1)),
                    "class probabilities, [N, C]");
        }
        if (options.Outputs.HasFlag(DlaOutputs.Embedding))
            graph.Output(Publish("embedding", pooled, v => dla.Flatten(v, "/embedding", half ? null : "embedding")),
                "level 5's features averaged over the plane, [N, F]");
        if (options.Outputs.HasFlag(DlaOutputs.Features))
            graph.Output(Publish("features", features, v => half ? v : graph.Node("Identity", "/features", [v.Name], v, "features")),
                "level 5's features, [N, F, H/32, W/32]");

        var name = network.Variant.Name;
        graph.Graph.DocString = $"Deep Layer Aggregation ({name}), batch norms folded into the convolutions. Nodes are named after the PyTorch modules.";
        return new ModelProto
        {
            IrVersion = options.Opset switch { <= 18 => 8, <= 20 => 9, _ => 10 },
            ProducerName = "Dla.Export",
            ProducerVersion = typeof(DlaModel).Assembly.GetName().Version!.ToString(3),
            DocString = $"{name} image classifier (Yu et al., Deep Layer Aggregation, CVPR 2018). See the model card in the metadata.",
            Graph = graph.Graph,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = options.Opset } },
            MetadataProps = { new StringStringEntryProto { Key = DlaModelCard.MetadataKey, Value = card.ToJson() } },
        };

        // In half precision an output is what the graph computed, cast back.
        OnnxValue Publish(string output, OnnxValue value, Func<OnnxValue, OnnxValue> shape, bool named = true) =>
            half ? graph.Cast($"/{output}/float", shape(value), toFloat32: true, named ? output : null) : shape(value);
    }

    /// <summary>uint8 [N, H, W, C] → (x / 255 − mean) / std as float32 [N, C, H, W].</summary>
    private static OnnxValue Normalise(OnnxGraphBuilder graph, ImagePreprocessing preprocessing, int channels)
    {
        var image = graph.ByteInput(ImageInput, channels, "resized and cropped images, [N, H, W, C], values 0 to 255");
        var bytes = graph.ByteTranspose("/preprocess/transpose", image);
        var x = graph.Cast("/preprocess/float", bytes, toFloat32: true);
        var gain = preprocessing.Std.Select(s => (float)(1 / (255.0 * s))).ToArray();
        var offset = preprocessing.Mean.Zip(preprocessing.Std, (m, s) => (float)(-(double)m / s)).ToArray();
        x = graph.Float32Node("Mul", "/preprocess/scale", [x.Name, graph.Float32("preprocess.scale", gain, channels, 1, 1)], x);
        return graph.Float32Node("Add", "/preprocess/shift", [x.Name, graph.Float32("preprocess.shift", offset, channels, 1, 1)], x);
    }
}
