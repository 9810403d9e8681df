namespace Dla.Export.Onnx;

/// <summary>A tensor of the graph: its name and shape [N, C, H / 2^Halvings, W / 2^Halvings], or [N, C] where there is no plane.</summary>
internal sealed record OnnxValue(string Name, long Channels, int? Halvings);

/// <summary>The input's height and width: numbers, or symbols when the size is free.</summary>
internal sealed record OnnxPlane(long? Height, long? Width)
{
    public IEnumerable<TensorShapeProto.Types.Dimension> Dimensions(int halvings) =>
        [Dimension(Height, "height", halvings), Dimension(Width, "width", halvings)];

    private static TensorShapeProto.Types.Dimension Dimension(long? size, string symbol, int halvings) => size is { } n
        ? new() { DimValue = n >> halvings }
        : new() { DimParam = halvings == 0 ? symbol : $"{symbol}/{1 << halvings}" };
}
