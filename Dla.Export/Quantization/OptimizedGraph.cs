using Dla.Export.Onnx;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace Dla.Export;

/// <summary>The graph that ONNX Runtime makes of a model on this machine: what is fused, and what stays float.</summary>
internal sealed record OptimizedGraph(IReadOnlyDictionary<string, int> Counts, IReadOnlyList<string> Float)
{
    private static readonly HashSet<string> Computing = ["Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul", "FusedMatMul", "Add", "Relu", "Clip", "Concat",
        "MaxPool", "AveragePool", "GlobalAveragePool"];

    public static OptimizedGraph Of(ModelProto model)
    {
        var path = Path.Combine(Path.GetTempPath(), $"dla-{Guid.NewGuid():n}.onnx");
        try
        {
            using (var options = new SessionOptions { OptimizedModelFilePath = path, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
                IntraOpNumThreads = 1 })
            using (new InferenceSession(model.ToByteArray(), options)) { }
            var graph = OnnxFile.Read(path).Graph;
            var index = new OnnxGraph(graph);
            var counts = graph.Node.GroupBy(n => n.OpType).OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count());
            var onBytes = new HashSet<string>();
            foreach (var node in graph.Node)
                if (node.OpType.StartsWith('Q') || (Moves(node) && onBytes.Contains(node.Input[0]))) onBytes.UnionWith(node.Output);
            return new OptimizedGraph(counts, [.. graph.Node.Where(n => Computing.Contains(n.OpType) && !onBytes.Contains(n.Output[0]))
                .Where(n => !n.Input.Any(index.IsConstant) || n.OpType is not "Add").Select(n => $"{n.Name} ({n.OpType})")]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Operators that give back bytes when they get bytes.</summary>
    private static bool Moves(NodeProto node) =>
        node.OpType is "MaxPool" or "NhwcMaxPool" or "Transpose" or "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze"
            or "Split" or "Identity" or "Pad" or "Slice" or "Concat";
}
