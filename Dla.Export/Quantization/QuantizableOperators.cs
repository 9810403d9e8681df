using Dla.Export.Onnx;
using static Dla.Export.Onnx.OnnxGraph;

namespace Dla.Export;

/// <summary>What ONNX Runtime computes on bytes, and under which conditions.</summary>
internal static class QuantizableOperators
{
    /// <summary>Why this node must stay float; <see langword="null"/> if it need not.</summary>
    public static string? WhyFloat(NodeProto node, OnnxGraph graph)
    {
        if (!IsStandard(node)) return $"operator {node.Domain}.{node.OpType} is not quantized";
        return node.OpType switch
        {
            "Conv" or "Gemm" or "MatMul" when graph.Constant(node.Input[1]) is { } weights && weights.Dims.Any(d => d < 1) => "its weights are empty",
            "Conv" when graph.FloatConstant(node.Input[1]) is not { Dims.Count: >= 3 } => "its weights are not constant float32",
            "Gemm" or "MatMul" when graph.FloatConstant(node.Input[1], rank: 2) is null => "its weights are not a constant float32 matrix",
            "Gemm" when Float(node, "alpha", 1) != 1 || Float(node, "beta", 1) != 1 || Integer(node, "transA", 0) != 0 => "alpha, beta or transA is set",
            "Conv" or "Gemm" when Input(node, 2) is { } bias && graph.FloatConstant(bias, rank: 1) is null => "its bias is not a constant float32 vector",
            "Conv" or "Gemm" when Input(node, 2) is { } bias && graph.FloatConstant(bias)!.Dims[0] != OutputChannels(node, graph) =>
                "its bias is not one per output channel",
            "Add" or "Concat" when node.Input.Any(graph.IsConstant) => "it has a constant operand",
            "MaxPool" or "Dropout" when node.Output.Count > 1 => "it has a second output",
            "Conv" or "Gemm" or "MatMul" or "Add" or "Concat" or "AveragePool" or "GlobalAveragePool" => null,
            "MaxPool" or "Flatten" or "Reshape" or "Squeeze" or "Unsqueeze" or "Transpose" or "Split" when graph.Producer(node.Input[0]) is not null => null,
            "Constant" or "Shape" or "Gather" or "Cast" => "it does not compute on activations",
            _ => $"operator {node.OpType} is not quantized",
        };
    }

    /// <summary>Inputs without which a node of ONNX's own operators that is looked at here is damaged.</summary>
    public static int LeastInputs(NodeProto node) => !IsStandard(node) ? 0 : node.OpType switch
    {
        "BatchNormalization" => 5,
        "Conv" or "Gemm" or "MatMul" or "Add" => 2,
        "Identity" or "Dropout" or "Relu" or "Clip" or "Concat" or "AveragePool" or "GlobalAveragePool" or "MaxPool" or "Flatten" or "Reshape" or "Squeeze"
            or "Unsqueeze" or "Transpose" or "Split" => 1,
        _ => 0,
    };

    /// <summary>Whether the node multiplies by weights.</summary>
    public static bool HasWeights(NodeProto node) => node.OpType is "Conv" or "Gemm" or "MatMul";

    /// <summary>Whether the output has a range of its own; the other operators only move values, and their output must have the input's scale.</summary>
    public static bool HasOwnRange(NodeProto node) => HasWeights(node) || node.OpType is "Add" or "Concat" or "AveragePool" or "GlobalAveragePool";

    /// <summary>Whether ONNX Runtime has a kernel for int8 in and float out.</summary>
    public static bool MayEndInFloat(NodeProto node) => node.OpType is "Gemm" or "MatMul";

    /// <summary>The inputs that are activations.</summary>
    public static IEnumerable<string> Activations(NodeProto node, OnnxGraph graph) =>
        (node.OpType is "Add" or "Concat" ? node.Input : node.Input.Take(1)).Where(i => i.Length > 0 && !graph.IsConstant(i)).Distinct();

    /// <summary>A ReLU, or a Clip from 0 upwards: clipping from above is done by the calibrated range.</summary>
    public static bool IsRelu(NodeProto node, OnnxGraph graph)
    {
        if (!IsStandard(node)) return false;
        if (node.OpType == "Relu") return true;
        return node.OpType == "Clip" && Input(node, 1) is { } min && graph.FloatConstant(min) is { } lowest && OnnxTensors.Floats(lowest) is [0];
    }

    /// <summary>The axis of the weights along which the output channels lie.</summary>
    public static int OutputAxis(NodeProto node) => node.OpType == "Conv" || (node.OpType == "Gemm" && Integer(node, "transB", 0) != 0) ? 0 : 1;

    private static long OutputChannels(NodeProto node, OnnxGraph graph) => graph.FloatConstant(node.Input[1])!.Dims[OutputAxis(node)];
}
