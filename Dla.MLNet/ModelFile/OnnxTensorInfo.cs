namespace Dla.MLNet;

/// <summary>An input or output of an ONNX graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">ONNX's number of the element type: 1 is float32, 2 is uint8; 0 where the file does not say, <see cref="NoTensor"/> for a sequence, a map or an optional value.</param>
/// <param name="Shape">Its dimensions, −1 where free; <see langword="null"/> where the file does not say.</param>
internal sealed record OnnxTensorInfo(string Name, int ElementType, IReadOnlyList<long>? Shape)
{
    public const int Float32 = 1, UInt8 = 2, NoTensor = -1;

    /// <summary>As in <c>pixels float32 [?, 3, 224, 224]</c>, for messages.</summary>
    public override string ToString()
    {
        if (ElementType == NoTensor) return $"{Name}, which is no tensor";
        var type = ElementType switch { 0 => "of unknown type", Float32 => "float32", UInt8 => "uint8", 7 => "int64", 8 => "string", 10 => "float16", 11 => "float64",
            var other => $"of ONNX type {other}" };
        return $"{Name} {type} {(Shape is null ? "[…]" : $"[{string.Join(", ", Shape.Select(d => d < 0 ? "?" : $"{d}"))}]")}";
    }
}
