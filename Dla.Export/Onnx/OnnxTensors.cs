using System.Runtime.InteropServices;
using Google.Protobuf;
using static Dla.Export.Onnx.TensorProto.Types;

namespace Dla.Export.Onnx;

/// <summary>Values of ONNX tensors as arrays, and arrays as tensors.</summary>
internal static class OnnxTensors
{
    /// <summary>The values of a float32 tensor, however it stores them.</summary>
    /// <exception cref="InvalidDataException">The number of values is not that of the shape.</exception>
    public static float[] Floats(TensorProto tensor)
    {
        var values = tensor.HasRawData ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray() : [.. tensor.FloatData];
        return Checked(tensor, values);
    }

    /// <summary>The values of an int64 tensor.</summary>
    public static long[] Integers(TensorProto tensor) =>
        Checked(tensor, tensor.HasRawData ? MemoryMarshal.Cast<byte, long>(tensor.RawData.Span).ToArray() : [.. tensor.Int64Data]);

    public static TensorProto Create(string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) =>
        Create(name, DataType.Float, MemoryMarshal.AsBytes(values), shape);

    public static TensorProto Create(string name, ReadOnlySpan<sbyte> values, params ReadOnlySpan<long> shape) =>
        Create(name, DataType.Int8, MemoryMarshal.AsBytes(values), shape);

    public static TensorProto Create(string name, ReadOnlySpan<int> values, params ReadOnlySpan<long> shape) =>
        Create(name, DataType.Int32, MemoryMarshal.AsBytes(values), shape);

    public static TensorProto Create(string name, ReadOnlySpan<long> values, params ReadOnlySpan<long> shape) =>
        Create(name, DataType.Int64, MemoryMarshal.AsBytes(values), shape);

    /// <summary>A single number without dimensions.</summary>
    public static TensorProto Scalar(string name, float value) => Create(name, [value], []);

    /// <summary>A single byte without dimensions.</summary>
    public static TensorProto Scalar(string name, byte value) => Create(name, DataType.Uint8, [value], []);

    private static TensorProto Create(string name, DataType type, ReadOnlySpan<byte> bytes, ReadOnlySpan<long> shape)
    {
        var dims = shape.ToArray();
        return new TensorProto { Name = name, DataType = (int)type, Dims = { dims }, RawData = ByteString.CopyFrom(bytes) };
    }

    private static T[] Checked<T>(TensorProto tensor, T[] values)
    {
        var expected = tensor.Dims.Aggregate((Int128)1, (a, b) => Int128.Min(a * b, long.MaxValue));
        return values.Length == expected
            ? values
            : throw new InvalidDataException($"'{tensor.Name}' has {values.Length} values " +
                $"and the shape [{string.Join(", ", tensor.Dims)}]. The model file is damaged.");
    }
}
