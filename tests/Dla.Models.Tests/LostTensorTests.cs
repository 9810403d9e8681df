using System.Text;
using static TorchSharp.torch;

namespace Dla.Models.Tests;

/// <summary>What a file holds is read with its meaning, or refused: nothing is left out, and nothing changed, without a word.</summary>
public sealed class LostTensorTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"dla-lost-{Guid.NewGuid():N}");
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        File.Delete(_path);
    }

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private Checkpoint Open(byte[] file)
    {
        File.WriteAllBytes(_path, file);
        return Checkpoint.Open(_path);
    }

    private string Refusal(byte[] file) => Assert.Throws<CheckpointException>(() => Open(file).Dispose()).Message;

    /// <summary>A zip of PyTorch whose pickle is a dictionary with these entries, over one storage of four floats.</summary>
    private static byte[] Torch(Action<PickleWriter> entries, byte[]? storage = null)
    {
        var pickle = new PickleWriter().Op('}').Op('(');
        entries(pickle);
        return PickleBombTests.Zip(System.IO.Compression.CompressionLevel.NoCompression, ("a/data.pkl", pickle.Op('u').Op('.').ToArray()),
            ("a/data/0", storage ?? Floats(1, 2, 3, 4)));
    }

    private static PickleWriter Tensor(PickleWriter pickle) => pickle.Tensor("0", "FloatStorage", 4, 0, [4], [1]);

    /// <summary>_rebuild_tensor_v2 with a seventh argument, as PyTorch 2 writes it.</summary>
    private static PickleWriter TensorWith(PickleWriter pickle, string storage, long count, long[] shape, long[] strides, Action<PickleWriter> metadata)
    {
        pickle.Global("torch._utils", "_rebuild_tensor_v2").Op('(');
        pickle.Op('(').Text("storage").Global("torch", storage).Text("0").Text("cpu").Long(count).Op('t').Op('Q').Long(0).Tuple(shape).Tuple(strides);
        metadata(pickle.Raw(0x89).Global("collections", "OrderedDict").Op(')').Op('R'));
        return pickle.Op('t').Op('R');
    }

    private Tensor Read(string storage, long count, byte[] values, long[] shape, long[] strides, Action<PickleWriter> metadata)
    {
        using var checkpoint = Open(Torch(p => TensorWith(p.Text("t"), storage, count, shape, strides, metadata), values));
        return checkpoint["t"].Read();
    }

    private static Action<PickleWriter> Metadata(string key, bool value) => p => p.Op('}').Text(key).Raw(value ? (byte)0x88 : (byte)0x89).Op('s');

    [Fact]
    public void The_negation_bit_negates_the_values()
    {
        float[] Values(Action<PickleWriter> metadata) => Read("FloatStorage", 4, Floats(1, 2, 3, 4), [4], [1], metadata).data<float>().ToArray();
        Assert.Equal([-1f, -2, -3, -4], Values(Metadata("neg", true)));
        Assert.Equal([1f, 2, 3, 4], Values(Metadata("neg", false)));
        Assert.Equal([1f, 2, 3, 4], Values(Metadata("conj", false)));
        Assert.Equal([1f, 2, 3, 4], Values(p => p.Op('N')));
        Assert.Equal([1f, 2, 3, 4], Values(p => p.Op('}')));
        Assert.Equal([-1f, -3], Read("FloatStorage", 4, Floats(1, 2, 3, 4), [2], [2], Metadata("neg", true)).data<float>().ToArray());   // as .imag is
        Assert.Equal([-5L], Read("LongStorage", 1, BitConverter.GetBytes(5L), [1], [1], Metadata("neg", true)).data<long>().ToArray());
        Assert.Equal([-1.5], Read("DoubleStorage", 1, BitConverter.GetBytes(1.5), [1], [1], Metadata("neg", true)).data<double>().ToArray());
    }

    [Fact]
    public void A_network_gets_the_negated_values_too()
    {
        using var checkpoint = Open(Torch(p => TensorWith(p.Text("t"), "FloatStorage", 4, [4], [1], Metadata("neg", true))));
        using var target = zeros(4, ScalarType.Float64);
        using var same = zeros(4);
        checkpoint["t"].CopyTo(target);
        checkpoint["t"].CopyTo(same);
        Assert.Equal([-1.0, -2, -3, -4], target.data<double>().ToArray());
        Assert.Equal([-1f, -2, -3, -4], same.data<float>().ToArray());
    }

    [Fact]
    public void Other_metadata_are_refused()
    {
        string Of(Action<PickleWriter> metadata) => Refusal(Torch(p => TensorWith(p.Text("t"), "FloatStorage", 4, [4], [1], metadata)));
        Assert.Contains("conjugate", Of(Metadata("conj", true)), StringComparison.Ordinal);
        Assert.Contains("'scale'", Of(Metadata("scale", true)), StringComparison.Ordinal);
        Assert.Contains("'neg'", Of(p => p.Op('}').Text("neg").Long(1).Op('s')), StringComparison.Ordinal);
        Assert.Contains("does not take", Of(p => p.Long(1)), StringComparison.Ordinal);
        Assert.Contains("does not take", Of(p => p.Op('}').Op('}')), StringComparison.Ordinal);
        Assert.Contains("'neg'", Refusal(Torch(p => TensorWith(p.Text("t"), "BoolStorage", 4, [4], [1], Metadata("neg", true)), [0, 1, 0, 1])),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_without_a_name_that_can_be_read_is_an_error()
    {
        var longName = new string('x', 1025);
        Assert.Contains("1,025 bytes", Refusal(Torch(p => Tensor(Tensor(p.Text(longName)).Text("y")))), StringComparison.Ordinal);
        Assert.Contains("1,025 bytes", Refusal(Torch(p => Tensor(Tensor(p.Text("y")).Text(longName)))), StringComparison.Ordinal);
        Assert.Contains("1,025 bytes", Refusal(new PickleWriter().Op('}').Op('(').Text(longName).Array(Floats(1), false, "f4", "<", 1)
            .Text("y").Array(Floats(1), false, "f4", "<", 1).Op('u').Op('.').ToArray()), StringComparison.Ordinal);
        Assert.Contains("1,025 bytes", Refusal(Torch(p => p.Text("state_dict").Op('}').Op('(').Text("y").Op('N').Op('u').Text("net").Op('}').Op('(')
            .Repeat(1, q => Tensor(q.Text(longName))).Op('u'))), StringComparison.Ordinal);
        Assert.Contains("not text", Refusal(Torch(p => Tensor(Tensor(p.Text("y")).Long(1)))), StringComparison.Ordinal);
        Assert.Contains("not text", Refusal(Torch(p => Tensor(p.Raw((byte)'U', 1, 0xFF)))), StringComparison.Ordinal);
        using var longest = Open(Torch(p => Tensor(p.Text(longName[1..]))));
        Assert.Equal(1024, Assert.Single(longest.Tensors).Name.Length);
    }

    [Fact]
    public void NumPy_arrays_among_the_tensors_of_PyTorch_are_an_error()
    {
        static PickleWriter Array(PickleWriter p) => p.Array(Floats(1, 2), false, "f4", "<", 2);
        Assert.Contains("without tensors; its entries are 'n'", Refusal(Torch(p => Array(p.Text("n")))), StringComparison.Ordinal);
        Assert.Contains("NumPy array, 'n'", Refusal(Torch(p => Array(Tensor(p.Text("t")).Text("n")))), StringComparison.Ordinal);
        // What a trainer keeps elsewhere is no weight, and no error.
        using var trainer = Open(Torch(p => Array(Tensor(p.Text("model").Op('}').Text("t")).Op('s').Text("rng").Op('}').Text("n")).Op('s')));
        Assert.Equal("t", Assert.Single(trainer.Tensors).Name);
    }

    [Theory]
    [InlineData("numpy.core")]
    [InlineData("numpy._core")]
    public void NumPy_arrays_of_protocol_5(string core)
    {
        float[] Values(string order, Action<PickleWriter> buffer, long[] shape, long[]? axes = null)
        {
            var pickle = new PickleWriter().Raw(0x80, 5).Op('}').Text("t").Global($"{core}.numeric", "_frombuffer").Op('(');
            buffer(pickle);
            pickle.Global("numpy", "dtype").Text("f4").Raw(0x89, 0x88, 0x87).Op('R').Op('(').Long(3).Text("<").Op('N').Op('N').Op('N').Long(-1).Long(-1)
                .Long(0).Op('t').Op('b').Tuple(shape).Text(order);
            if (axes is not null) pickle.Tuple(axes);
            using var checkpoint = Open(pickle.Op('t').Op('R').Op('s').Op('.').ToArray());
            return checkpoint["t"].Read().reshape(-1).data<float>().ToArray();
        }
        var values = Floats(0, 1, 2, 3, 4, 5);
        void Bytes(PickleWriter p) => p.Bytes(values);
        void ByteArray(PickleWriter p) => p.Raw(0x96).Raw(BitConverter.GetBytes(values.LongLength)).Raw(values);
        Assert.Equal([0f, 1, 2, 3, 4, 5], Values("C", Bytes, [2, 3]));
        Assert.Equal([0f, 1, 2, 3, 4, 5], Values("C", ByteArray, [3, 2]));
        Assert.Equal([0f, 2, 4, 1, 3, 5], Values("F", ByteArray, [2, 3]));
        Assert.Equal([0f, 3, 1, 4, 2, 5], Values("K", ByteArray, [2, 3], [1, 0]));
        Assert.Equal([0f, 1, 2, 3, 4, 5], Values("C", p => p.Global("builtins", "bytearray").Bytes(values).Raw(0x85).Op('R'), [6]));
        Assert.Throws<CheckpointException>(() => Values("Z", ByteArray, [6]));
        Assert.Throws<CheckpointException>(() => Values("K", ByteArray, [2, 3], [1, 1]));
        Assert.Throws<CheckpointException>(() => Values("C", p => p.Raw(0x96).Raw(BitConverter.GetBytes(long.MaxValue)), [6]));
        Assert.Throws<CheckpointException>(() => Values("C", p => p.Raw(0x97), [6]));   // a buffer that is elsewhere
    }

    [Fact]
    public void Names_in_byte_strings_are_UTF8_for_PyTorch_and_latin_for_Paddle()
    {
        static PickleWriter Name(PickleWriter pickle, params byte[] bytes) => pickle.Raw((byte)'U', (byte)bytes.Length).Raw(bytes);
        var utf8 = Encoding.UTF8.GetBytes("größe.0");
        using (var torch = Open(Torch(p => Tensor(Name(p, utf8))))) Assert.Equal("größe.0", Assert.Single(torch.Tensors).Name);
        using var paddle = Open(Name(new PickleWriter().Op('}'), Encoding.Latin1.GetBytes("größe.0")).Array(Floats(1), false, "f4", "<", 1).Op('s').Op('.')
            .ToArray());
        Assert.Equal("größe.0", Assert.Single(paddle.Tensors).Name);
    }
}
