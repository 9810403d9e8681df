using System.Text;

namespace Dla.MLNet;

/// <summary>Makes a tensor inside an ONNX graph one of its outputs.</summary>
internal static class GraphOutput
{
    private const int AttributeTypeInt = 2;

    /// <summary>The output that <see cref="AddTo"/> makes of a tensor.</summary>
    public static string NameOf(string tensor) => tensor + "/float32";

    /// <summary>A copy of the model that also gives <paramref name="tensor"/> as float32, whatever it is inside.</summary>
    /// <remarks>
    /// Parts of a Protocol Buffers message that occur twice are merged, so it is enough to append a graph that has nothing but a Cast and its output:
    /// ModelProto field 7 (graph) { GraphProto field 1 (node) { NodeProto fields 1 (input), 2 (output), 4 (op_type),
    /// 5 (attribute) { AttributeProto fields 1 (name), 3 (i), 20 (type) } }, field 12 (output) { ValueInfoProto field 1 (name) } }.
    /// </remarks>
    public static byte[] AddTo(ReadOnlySpan<byte> model, string tensor)
    {
        byte[] toFloat32 = [.. Text(1, "to"), .. Number(3, OnnxTensorInfo.Float32), .. Number(20, AttributeTypeInt)];
        byte[] cast = [.. Text(1, tensor), .. Text(2, NameOf(tensor)), .. Text(4, "Cast"), .. Field(5, toFloat32)];
        return [.. model, .. Field(7, [.. Field(1, cast), .. Field(12, Text(1, NameOf(tensor)))])];
    }

    private static byte[] Text(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    /// <summary>A field that holds a number below 128.</summary>
    private static byte[] Number(int number, int value) => [.. Varint((uint)number << 3), (byte)value];

    private static byte[] Field(int number, byte[] content)
    {
        return [.. Varint(((uint)number << 3) | 2), .. Varint((uint)content.Length), .. content];
    }

    private static List<byte> Varint(uint value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return bytes;
    }
}
