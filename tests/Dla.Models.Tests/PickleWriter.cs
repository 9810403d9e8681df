using System.Buffers.Binary;
using System.Text;

namespace Dla.Models.Tests;

/// <summary>Writes pickles opcode by opcode: what Python would write, and what it never would.</summary>
internal sealed class PickleWriter
{
    private readonly System.Buffers.ArrayBufferWriter<byte> _bytes = new();

    public PickleWriter() => Raw(0x80, 2);

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    public PickleWriter Raw(params ReadOnlySpan<byte> bytes)
    {
        System.Buffers.BuffersExtensions.Write(_bytes, bytes);
        return this;
    }

    public PickleWriter Op(char opcode) => Raw((byte)opcode);

    public PickleWriter Repeat(int count, Action<PickleWriter> write)
    {
        for (var i = 0; i < count; i++) write(this);
        return this;
    }

    public PickleWriter Text(string text) => Raw((byte)'X').Length32(Encoding.UTF8.GetByteCount(text)).Raw(Encoding.UTF8.GetBytes(text));

    public PickleWriter Bytes(byte[] bytes) => Raw((byte)'B').Length32(bytes.Length).Raw(bytes);

    public PickleWriter Global(string module, string name) => Raw(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

    public PickleWriter Long(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw(0x8A, 8).Raw(bytes);
    }

    public PickleWriter Tuple(params ReadOnlySpan<long> values)
    {
        Op('(');
        foreach (var value in values) Long(value);
        return Op('t');
    }

    /// <summary>numpy.ndarray of float32 as Paddle saves it; leaves the array on the stack.</summary>
    public PickleWriter Array(byte[] values, bool fortran, string code, string order, params ReadOnlySpan<long> shape)
    {
        Global("numpy.core.multiarray", "_reconstruct").Global("numpy", "ndarray").Tuple(0).Bytes([(byte)'b']).Raw(0x87).Op('R');
        Op('(').Long(1).Tuple(shape);
        Global("numpy", "dtype").Text(code).Raw(0x89, 0x88, 0x87).Op('R').Op('(').Long(3).Text(order).Raw((byte)'N', (byte)'N', (byte)'N').Long(-1).Long(-1)
            .Long(0).Op('t').Op('b');
        return Raw(fortran ? (byte)0x88 : (byte)0x89).Bytes(values).Op('t').Op('b');
    }

    /// <summary>torch._utils._rebuild_tensor_v2 of a storage; leaves the tensor on the stack.</summary>
    public PickleWriter Tensor(string key, string storage, long count, long offset, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
    {
        Global("torch._utils", "_rebuild_tensor_v2").Op('(');
        Op('(').Text("storage").Global("torch", storage).Text(key).Text("cpu").Long(count).Op('t').Op('Q');
        return Long(offset).Tuple(shape).Tuple(strides).Raw(0x89).Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');
    }

    private PickleWriter Length32(int length)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        return Raw(bytes);
    }
}
