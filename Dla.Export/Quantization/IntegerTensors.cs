using Dla.Export.Onnx;
using static Dla.Export.Onnx.OnnxGraph;
using static Dla.Export.Onnx.TensorProto.Types;

namespace Dla.Export;

/// <summary>Finds the tensors that hold whole numbers: shapes, and what other exporters compute from them.</summary>
internal static class IntegerTensors
{
    public static HashSet<string> Of(OnnxGraph graph)
    {
        var found = graph.Proto.Initializer.Where(i => IsInteger(i.DataType)).Select(i => i.Name).ToHashSet();
        foreach (var node in graph.Proto.Node.Where(IsStandard))   // a graph's nodes stand in the order of their computation
        {
            var makes = node.OpType switch
            {
                "Shape" or "Size" or "ArgMax" or "ArgMin" or "NonZero" => true,
                "Cast" => IsInteger((int)Integer(node, "to", 1)),
                "Constant" => node.Attribute.Any(a => a.Name is "value_int" or "value_ints" || (a.T is { } value && IsInteger(value.DataType))),
                "Concat" or "Add" or "Sub" or "Mul" or "Div" or "Mod" => node.Input.Any(found.Contains),
                "Identity" or "Gather" or "Slice" or "Squeeze" or "Unsqueeze" or "Reshape" or "Flatten" or "Transpose" or "Split" or "Expand"
                    or "ReduceProd" or "Neg" =>
                    node.Input.Count > 0 && found.Contains(node.Input[0]),
                _ => false,
            };
            if (makes) found.UnionWith(node.Output);
        }
        return found;
    }

    private static bool IsInteger(int type) =>
        (DataType)type is DataType.Int64 or DataType.Int32 or DataType.Int16 or DataType.Int8 or DataType.Uint8 or DataType.Uint16
            or DataType.Uint32 or DataType.Uint64 or DataType.Bool;
}
