using System.Collections.Concurrent;
using System.Numerics.Tensors;
using Dla.Export.Onnx;
using static Dla.Export.Onnx.OnnxGraph;

namespace Dla.Export;

/// <summary>The int8 weights and int32 biases of a graph's layers.</summary>
internal sealed class QuantizedLayers(OnnxGraph graph, DlaWeightRange range, bool correctBias)
{
    private readonly ConcurrentDictionary<(string Weight, int Axis), QuantizedWeights> _weights = new();

    public QuantizedWeights Weights(NodeProto node) => _weights.GetOrAdd((node.Input[1], QuantizableOperators.OutputAxis(node)),
        key => QuantizedWeights.Of(OnnxTensors.Floats(graph.Constant(key.Weight)!), [.. graph.Constant(key.Weight)!.Dims], key.Axis, range));

    /// <summary>The bias in units of input scale · weight scale, or <see langword="null"/> for a layer that has none and needs none.</summary>
    /// <param name="node">The layer.</param>
    /// <param name="inputScale">The scale of its activations.</param>
    /// <param name="inputMeans">The mean of each input channel on the calibration images.</param>
    public (int[] Values, float[] Scales)? Bias(NodeProto node, float inputScale, double[] inputMeans)
    {
        if (node.OpType == "MatMul") return null;
        var weights = Weights(node);
        var bias = Input(node, 2) is { } name ? Array.ConvertAll(OnnxTensors.Floats(graph.Constant(name)!), b => (double)b) : null;
        if (correctBias && Correction(node, weights, inputMeans) is { } correction)
        {
            bias ??= new double[correction.Length];
            TensorPrimitives.Add<double>(bias, correction, bias);
        }
        if (bias is null) return null;
        var scales = Array.ConvertAll(weights.Scales, s => Math.Max(s * inputScale, 1e-38f));
        return ([.. bias.Zip(scales, (b, s) => (int)Math.Clamp(Math.Round(b / s), -int.MaxValue, int.MaxValue))], scales);
    }

    /// <summary>What rounding the weights takes from the mean of each output: Σ (weight − rounded weight) · mean input.</summary>
    private double[]? Correction(NodeProto node, QuantizedWeights weights, double[] inputMeans)
    {
        var floats = OnnxTensors.Floats(graph.Constant(node.Input[1])!);
        var outputs = weights.Scales.Length;
        var groups = node.OpType == "Conv" ? (int)Integer(node, "group", 1) : 1;
        var inputs = (int)weights.Shape[1 - weights.Axis];
        if (inputMeans.Length != inputs * groups) return null;
        var plane = weights.Values.Length / outputs / inputs;
        var (perOutput, perInput) = weights.Axis == 0 ? (inputs * plane, plane) : (1, outputs);
        var correction = new double[outputs];
        for (var o = 0; o < outputs; o++)
        {
            var firstInput = o / (outputs / groups) * inputs;
            for (var i = 0; i < inputs; i++)
            {
                double lost = 0;
                for (var k = o * perOutput + i * perInput; k < o * perOutput + i * perInput + plane; k++) lost += floats[k] - weights.Values[k] * (double)weights.Scales[o];
                correction[o] += lost * inputMeans[firstInput + i];
            }
        }
        return correction;
    }
}
