using Dla.Export.Onnx;
using static Dla.Export.Onnx.TensorProto.Types;

namespace Dla.Export;

/// <summary>Makes inner tensors of a model visible.</summary>
internal static class ModelOutputs
{
    /// <summary>The output that models are compared by: the logits, or the first one of another name.</summary>
    public static string Logits(ModelProto model) => (model.Graph.Output.FirstOrDefault(o => o.Name == "logits") ?? model.Graph.Output[0]).Name;

    /// <summary>A copy of the model with these float32 tensors among its outputs; inputs of the graph are left out.</summary>
    public static ModelProto Add(ModelProto model, IEnumerable<string> tensors)
    {
        var result = model.Clone();
        var known = result.Graph.Output.Concat(result.Graph.Input).Select(v => v.Name).ToHashSet();
        foreach (var tensor in tensors.Where(known.Add))
            result.Graph.Output.Add(new ValueInfoProto { Name = tensor, Type = new() { TensorType = new() { ElemType = (int)DataType.Float } } });
        return result;
    }
}
