using Dla.Export.Onnx;
using static Dla.Export.Onnx.OnnxGraph;

namespace Dla.Export;

/// <summary>Folds each BatchNormalization into the convolution that alone feeds it, in float64.</summary>
internal static class BatchNormFolding
{
    public static void Run(GraphProto graph)
    {
        var index = new OnnxGraph(graph);
        var names = graph.Initializer.Select(i => i.Name).ToHashSet();
        var folded = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (var norm in graph.Node.Where(n => n.OpType == "BatchNormalization" && IsStandard(n)))
        {
            if (Integer(norm, "training_mode", 0) != 0 || index.Producer(norm.Input[0]) is not { OpType: "Conv" } conv || !IsStandard(conv)) continue;
            if (index.OnlyConsumer(conv.Output[0], norm.OpType) is null || index.FloatConstant(conv.Input[1]) is not { Dims.Count: >= 3 } weight) continue;
            if (Enumerable.Range(1, 4).Select(i => index.FloatConstant(norm.Input[i], rank: 1)).ToArray() is not [{ } gain, { } shift, { } mean, { } variance])
                continue;
            var bias = Input(conv, 2) is { } name ? index.FloatConstant(name, rank: 1) : null;
            if (bias is null && Input(conv, 2) is not null) continue;

            var (newWeight, newBias) = Fold(weight, bias, gain, shift, mean, variance, Float(norm, "epsilon", 1e-5f));
            newWeight.Name = Unused(names, weight.Name);
            newBias.Name = Unused(names, (conv.Name.Length > 0 ? conv.Name : conv.Output[0]) + "/bias");
            graph.Initializer.Add([newWeight, newBias]);
            conv.Input[1] = newWeight.Name;
            if (conv.Input.Count > 2) conv.Input[2] = newBias.Name;
            else conv.Input.Add(newBias.Name);
            conv.Output[0] = norm.Output[0];
            folded.Add(norm);
        }
        GraphSimplifier.Keep(graph.Node, n => !folded.Contains(n));
    }

    private static (TensorProto Weight, TensorProto Bias) Fold(TensorProto weight, TensorProto? bias, TensorProto gain, TensorProto shift, TensorProto mean,
        TensorProto variance, double epsilon)
    {
        var (g, s, m, v) = (OnnxTensors.Floats(gain), OnnxTensors.Floats(shift), OnnxTensors.Floats(mean), OnnxTensors.Floats(variance));
        var w = OnnxTensors.Floats(weight);
        var b = bias is null ? new float[g.Length] : OnnxTensors.Floats(bias);
        if (b.Length == 0 || b.Length != weight.Dims[0] || new[] { g, s, m, v }.Any(x => x.Length != b.Length))
            throw new InvalidDataException($"The batch norm behind '{weight.Name}' has {g.Length} " +
                $"channels and the convolution {weight.Dims[0]}. The model file is damaged.");
        var perOutput = w.Length / b.Length;
        for (var o = 0; o < b.Length; o++)
        {
            var scale = g[o] / Math.Sqrt(v[o] + epsilon);
            foreach (ref var value in w.AsSpan(o * perOutput, perOutput)) value = (float)(value * scale);
            b[o] = (float)((b[o] - m[o]) * scale + s[o]);
        }
        return (OnnxTensors.Create("", w, [.. weight.Dims]), OnnxTensors.Create("", b, b.Length));
    }

    /// <summary>A weight may be read by several convolutions, each with a norm of its own.</summary>
    private static string Unused(HashSet<string> names, string name)
    {
        var folded = name + "/folded";
        for (var i = 2; !names.Add(folded); i++) folded = $"{name}/folded{i}";
        return folded;
    }
}
