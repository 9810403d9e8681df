using System.Text;

namespace Dla.MLNet;

/// <summary>Makes a tensor inside an ONNX graph one of its outputs.</summary>
internal static class GraphOutput
{
    /// <summary>A copy of the model that also gives <paramref name="tensor"/>.</summary>
    /// <remarks>
    /// Parts of a Protocol Buffers message that occur twice are merged, so it is enough to append a graph that has nothing but the output:
    /// ModelProto field 7 (graph) { GraphProto field 12 (output) { ValueInfoProto field 1 (name) } }.
    /// </remarks>
    public static byte[] AddTo(ReadOnlySpan<byte> model, string tensor) => [.. model, .. Field(7, Field(12, Field(1, Encoding.UTF8.GetBytes(tensor))))];

    private static byte[] Field(int number, byte[] content)
    {
        var bytes = new List<byte> { (byte)((number << 3) | 2) };
        var length = (uint)content.Length;
        for (; length >= 0x80; length >>= 7) bytes.Add((byte)(length | 0x80));
        bytes.Add((byte)length);
        bytes.AddRange(content);
        return [.. bytes];
    }
}
