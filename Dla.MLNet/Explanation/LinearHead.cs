namespace Dla.MLNet;

/// <summary>The weights of a model's last layer as its file holds them: logit c = bias c + Σ weight [c, f] · mean of feature f over the plane.</summary>
/// <remarks>A 1×1 convolution, a Gemm or a product of matrices; in float32, float16 or quantized with scales for each channel.</remarks>
internal sealed class LinearHead
{
    private static readonly string[] Converting = ["Identity", "Cast", "QuantizeLinear", "DequantizeLinear"];

    private readonly float[] _weights, _bias;

    private LinearHead(float[] weights, long[] shape, float[]? bias)
    {
        (Classes, Features, _weights) = ((int)shape[0], (int)shape[1], weights);
        _bias = bias is null ? new float[Classes] : bias.Length == 1 ? [.. Enumerable.Repeat(bias[0], Classes)] : bias;
    }

    public int Classes { get; }

    public int Features { get; }

    /// <summary>The weights of a class, one for each feature.</summary>
    public ReadOnlySpan<float> Weights(int index) => _weights.AsSpan(index * Features, Features);

    public float Bias(int index) => _bias[index];

    /// <summary>Finds the head between two outputs of a model.</summary>
    /// <param name="source">The ONNX file.</param>
    /// <param name="scores">The output of logits or probabilities.</param>
    /// <param name="features">The output of the features that the head averages.</param>
    /// <exception cref="NotSupportedException">There is no such layer between them.</exception>
    public static LinearHead Read(ModelSource source, string scores, string features)
    {
        using var file = source.Open();
        var nodes = OnnxNodes.Read(file);
        var tensor = nodes.Behind(scores, [.. OnnxNodes.Passing, "Softmax"]);
        float[] added = [0];
        if (nodes.Producer(tensor) is { Type: "Add" } add && add.Inputs.FirstOrDefault(i => nodes.Constant(i) is not null) is { } constant)
        {
            added = nodes.Constant(constant)!.Values;
            tensor = nodes.Behind(add.Inputs[0] == constant ? add.Inputs[1] : add.Inputs[0], OnnxNodes.Passing);
        }
        if (nodes.Producer(tensor) is { } layer && Of(nodes, layer) is { } head && IsAverage(nodes, layer.Inputs[0], features)
            && (added.Length == 1 || added.Length == head.Classes))
            return head.Plus(added);
        throw new NotSupportedException($"'{source.Name}': '{scores}' is not a linear layer on the average of '{features}', " +
            $"so that maps of '{features}' would not add up to the classes' scores. " +
            $"Activation maps need a model as 'dla export … --outputs logits,{features}' writes it.");
    }

    private LinearHead Plus(float[] bias) => new(_weights, [Classes, Features], [.. _bias.Select((b, i) => b + bias[bias.Length == 1 ? 0 : i])]);

    private static LinearHead? Of(OnnxNodes nodes, OnnxNode layer)
    {
        if (layer.Inputs.Count < 2 || nodes.Constant(layer.Inputs[1]) is not { Dimensions.Length: >= 2 } weights) return null;
        var bias = layer.Inputs.Count > 2 ? nodes.Constant(layer.Inputs[2])?.Values : null;
        switch (layer.Type)
        {
            case "Conv" when weights.Dimensions.Skip(2).All(d => d == 1) && layer.Integer("group", 1) == 1:
                return new LinearHead(weights.Values, weights.Dimensions, bias);
            case "Gemm" when layer.Integer("transA", 0) == 0:
                if (layer.Integer("transB", 0) == 0) weights = weights.Transposed();
                return new LinearHead(Scaled(weights.Values, layer.Number("alpha", 1)), weights.Dimensions,
                    bias is null ? null : Scaled(bias, layer.Number("beta", 1)));
            case "MatMul" when weights.Dimensions.Length == 2:
                weights = weights.Transposed();
                return new LinearHead(weights.Values, weights.Dimensions, null);
            default:
                return null;
        }
    }

    /// <summary>Whether a tensor is the mean of the features over height and width.</summary>
    private static bool IsAverage(OnnxNodes nodes, string tensor, string features)
    {
        var pool = nodes.Producer(nodes.Behind(tensor, OnnxNodes.Passing));
        var averages = pool is { Type: "GlobalAveragePool" } || (pool is { Type: "ReduceMean" } && Axes(nodes, pool) is [2 or -2, 3 or -1] or [-1, -2]);
        return averages && nodes.Behind(pool!.Inputs[0], Converting) == nodes.Behind(features, Converting);
    }

    private static long[] Axes(OnnxNodes nodes, OnnxNode reduce) => reduce.Attribute("axes") is { } axes ? [.. axes.Integers]
        : reduce.Inputs.Count > 1 && nodes.Constant(reduce.Inputs[1]) is { } constant ? Array.ConvertAll(constant.Values, v => (long)v) : [];

    private static float[] Scaled(float[] values, float factor) => factor == 1 ? values : Array.ConvertAll(values, v => v * factor);
}
