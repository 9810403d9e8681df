using System.Collections.Concurrent;
using System.Numerics.Tensors;
using Dla.Export.Onnx;
using static Dla.Export.Onnx.OnnxGraph;

namespace Dla.Export;

/// <summary>The int8 weights and int32 biases of a graph's layers.</summary>
internal sealed class QuantizedLayers(OnnxGraph graph, DlaWeightRange range, bool correctBias)
{
    /// <summary>The largest bias in units of its scale; the other half of int32 is left to the products.</summary>
    private const int LargestBias = 1 << 30;

    private readonly ConcurrentDictionary<(string Weight, int Axis), QuantizedWeights> _weights = new();

    /// <summary>A layer's weights, and its bias in units of input scale · weight scale.</summary>
    /// <param name="node">The layer.</param>
    /// <param name="inputScale">The scale of its activations.</param>
    /// <param name="inputMeans">The mean of each input channel on the calibration images.</param>
    /// <returns>
    /// <c>IsOwn</c> tells weights that differ from those of other layers with the same float ones; <c>Bias</c> is <see langword="null"/> for a layer that has
    /// none and needs none.
    /// </returns>
    public (QuantizedWeights Weights, bool IsOwn, (int[] Values, float[] Scales)? Bias) Of(NodeProto node, float inputScale, double[] inputMeans)
    {
        var (weights, isOwn) = (Weights(node), false);
        if (node.OpType == "MatMul" || Bias(node, weights, inputMeans) is not { } bias) return (weights, false, null);
        // A bias that is huge beside its channel's products would not fit 32 bits in their unit: then the unit is made larger, and the products lose what
        // cannot matter.
        var least = Array.ConvertAll(bias, b => Math.Abs(b) / ((double)inputScale * LargestBias));
        if (least.Zip(weights.Scales).Any(l => l.Second < l.First))
        {
            (weights, isOwn) = (Weights(node, least), true);
            bias = Bias(node, weights, inputMeans)!;
        }
        var scales = Array.ConvertAll(weights.Scales, s => Math.Max(s * inputScale, 1e-38f));
        return (weights, isOwn, ([.. bias.Zip(scales, (b, s) => (int)Math.Clamp(Math.Round(b / s), -int.MaxValue, int.MaxValue))], scales));
    }

    private QuantizedWeights Weights(NodeProto node) => _weights.GetOrAdd((node.Input[1], QuantizableOperators.OutputAxis(node)), _ => Weights(node, []));

    private QuantizedWeights Weights(NodeProto node, double[] leastScales) => QuantizedWeights.Of(OnnxTensors.Floats(graph.Constant(node.Input[1])!),
        [.. graph.Constant(node.Input[1])!.Dims], QuantizableOperators.OutputAxis(node), range, leastScales);

    /// <summary>The float bias with what rounding the weights takes from the mean of each output.</summary>
    private double[]? Bias(NodeProto node, QuantizedWeights weights, double[] inputMeans)
    {
        var bias = Input(node, 2) is { } name ? Array.ConvertAll(OnnxTensors.Floats(graph.Constant(name)!), b => (double)b) : null;
        if (correctBias && Correction(node, weights, inputMeans) is { } correction)
        {
            bias ??= new double[correction.Length];
            TensorPrimitives.Add<double>(bias, correction, bias);
        }
        return bias;
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
                for (var k = o * perOutput + i * perInput; k < o * perOutput + i * perInput + plane; k++)
                    lost += floats[k] - weights.Values[k] * (double)weights.Scales[o];
                correction[o] += lost * inputMeans[firstInput + i];
            }
        }
        return correction;
    }
}
