using System.Text;

namespace Dla.MLNet.Tests;

/// <summary>Parts of ONNX files as Protocol Buffers, byte by byte. Messages that occur twice are merged, so that appended parts add to a model.</summary>
internal static class OnnxBytes
{
    public const int Float = 1, Whole64 = 7;

    public static byte[] Field(int number, byte[] content) => [.. Varint((ulong)number << 3 | 2), .. Varint((ulong)content.Length), .. content];

    public static byte[] Number(int number, ulong value) => [.. Varint((ulong)number << 3), .. Varint(value)];

    public static byte[] Text(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    /// <summary>A part of a graph that has one node.</summary>
    public static byte[] Node(string type, IEnumerable<string> inputs, string output, params byte[][] attributes) => Field(1,
        [.. inputs.SelectMany(i => Text(1, i)), .. Text(2, output), .. Text(4, type), .. attributes.SelectMany(a => Field(5, a))]);

    public static byte[] Integer(string name, ulong value) => [.. Text(1, name), .. Number(3, value), .. Number(20, 2)];

    public static byte[] Integers(string name, params ulong[] values) => [.. Text(1, name), .. values.SelectMany(v => Number(8, v)), .. Number(20, 7)];

    public static byte[] Initializer(string name, float[] values, params ulong[] shape) => Field(5,
        [.. shape.SelectMany(d => Number(1, d)), .. Number(2, Float), .. Text(8, name), .. Field(9, [.. values.SelectMany(BitConverter.GetBytes)])]);

    /// <summary>A tensor's type; a dimension of 0 is free.</summary>
    public static byte[] Tensor(int type, params ulong[] shape) =>
        Field(1, [.. Number(1, (ulong)type), .. Field(2, [.. shape.SelectMany(d => Field(1, d == 0 ? Text(2, "n") : Number(1, d)))])]);

    public static byte[] Sequence(byte[] of) => Field(4, Field(1, of));

    public static byte[] Input(string name, byte[] type) => Field(11, [.. Text(1, name), .. Field(2, type)]);

    public static byte[] Output(string name, byte[] type) => Field(12, [.. Text(1, name), .. Field(2, type)]);

    /// <summary>A model of opset 13 whose graph has these parts.</summary>
    public static byte[] Model(params byte[][] parts) =>
        [.. Number(1, 8), .. Field(8, Number(2, 13)), .. Field(7, [.. Text(2, "g"), .. parts.SelectMany(p => p)])];

    private static List<byte> Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return bytes;
    }
}
