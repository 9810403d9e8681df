using Dla.Export.Onnx;

namespace Dla.Export;

/// <summary>Writes a float model's int8 form: Q and DQ around each quantized node.</summary>
internal sealed class QdqWriter(ModelProto model, OnnxGraph graph, QuantizationPlan plan, QdqLayerWriter layers)
{
    /// <summary>The quantized model; the float one stays as it is.</summary>
    public ModelProto Write()
    {
        foreach (var input in graph.Inputs) Quantize(input.Name);
        foreach (var node in graph.Proto.Node.Where(n => !plan.IsAbsorbed(n)))
        {
            if (plan.IsQuantized(node)) layers.Add(node, node.Name, Dequantized, Written);
            else layers.Graph.Nodes.Add(node.Clone());
            foreach (var output in plan.IsQuantized(node) ? plan.QuantizedOutputs(node) : node.Output) Quantize(output);
        }
        var result = model.Clone();
        result.Graph.Node.Clear();
        result.Graph.Node.Add(layers.Graph.Nodes);
        result.Graph.Initializer.Add(layers.Graph.Initializers);
        GraphSimplifier.RemoveUnused(result.Graph);
        return result;
    }

    /// <summary>
    /// The float model with, beside each layer, its int8 form fed with the float model's activations; its result is named by <see cref="Isolated"/>.
    /// </summary>
    public ModelProto WriteIsolated()
    {
        foreach (var tensor in plan.Tensors) layers.Graph.QuantizeAndBack(tensor, tensor, layers.Range(tensor), tensor + "/dequantized");
        foreach (var node in graph.Proto.Node.Where(plan.IsQuantized))
        {
            layers.Add(node, node.Name + "/isolated", t => t + "/dequantized", t => layers.HasScale(t) ? t + "/layer" : Isolated(t));
            foreach (var output in plan.QuantizedOutputs(node))
                layers.Graph.QuantizeAndBack(output + "/layer", output + "/layer", layers.Range(output), Isolated(output));
        }
        var result = model.Clone();
        result.Graph.Node.Add(layers.Graph.Nodes);
        result.Graph.Initializer.Add(layers.Graph.Initializers);
        return result;
    }

    /// <summary>The name of a layer's result in <see cref="WriteIsolated"/>.</summary>
    public static string Isolated(string tensor) => tensor + "/isolated";

    /// <summary>Whether a tensor is there in float: an input of the graph, or made by a float node. Float nodes and outputs then take it as it is.</summary>
    private bool IsMadeInFloat(string tensor) => graph.Producer(tensor) is not { } node || !(plan.IsQuantized(node) || plan.IsAbsorbed(node));

    /// <summary>The tensor as a quantized node reads it.</summary>
    private string Dequantized(string tensor) => IsMadeInFloat(tensor) ? tensor + "/dequantized" : tensor;

    /// <summary>The tensor as its node writes it: behind a quantized node its own name belongs to the DQ.</summary>
    private string Written(string tensor) => layers.HasScale(tensor) && !IsMadeInFloat(tensor) ? tensor + "/float" : tensor;

    private void Quantize(string tensor)
    {
        if (layers.HasScale(tensor)) layers.Graph.QuantizeAndBack(Written(tensor), tensor, layers.Range(tensor), Dequantized(tensor));
    }
}
