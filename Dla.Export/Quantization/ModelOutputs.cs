using Dla.Export.Onnx;
using static Dla.Export.Onnx.TensorProto.Types;

namespace Dla.Export;

/// <summary>Makes inner tensors of a model visible.</summary>
internal static class ModelOutputs
{
    /// <summary>The output that models are compared by: the logits, or the first one of another name. Float32; <see langword="null"/> if none is.</summary>
    public static string? Find(ModelProto model)
    {
        var outputs = model.Graph.Output.Where(o => o.Type?.TensorType?.ElemType == (int)DataType.Float).ToList();
        return (outputs.Find(o => o.Name == "logits") ?? outputs.FirstOrDefault())?.Name;
    }

    /// <summary>The same of a model that has one.</summary>
    public static string Logits(ModelProto model) => Find(model) ?? throw new InvalidOperationException("The model has no float32 output.");

    /// <summary>The outputs with their types, for messages.</summary>
    public static string Describe(ModelProto model) => model.Graph.Output.Count == 0 ? "no outputs" : string.Join(" and ",
        model.Graph.Output.Select(o => $"'{o.Name}' as {(o.Type?.TensorType is { } tensor ? (DataType)tensor.ElemType : "another kind than a tensor")}"));

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
