using System.Text;
using static TorchSharp.torch;

namespace Dla.Models.Tests;

/// <summary>The forms in which files hold tensors that the reference files happen not to use.</summary>
public sealed class StoredFormTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"dla-form-{Guid.NewGuid():N}");
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        File.Delete(_path);
    }

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private Tensor Read(byte[] file, string name = "t")
    {
        File.WriteAllBytes(_path, file);
        using var checkpoint = Checkpoint.Open(_path);
        return checkpoint[name].Read();
    }

    private Tensor Torch(byte[] storage, string type, long count, long offset, long[] shape, long[] strides, string byteOrder = "little") =>
        Read(PickleBombTests.TorchZip(p => p.Tensor("0", type, count, offset, shape, strides), storage, byteOrder));

    private Tensor Paddle(byte[] values, bool fortran, string code, string order, params long[] shape) =>
        Read(new PickleWriter().Op('}').Text("t").Array(values, fortran, code, order, shape).Op('s').Op('.').ToArray());

    [Fact]
    public void Views_with_offset_and_stride()
    {
        var storage = Floats(0, 1, 2, 3, 4, 5, 6, 7);
        Assert.Equal([2f, 3, 4], Torch(storage, "FloatStorage", 8, 2, [3], [1]).data<float>().ToArray());
        Assert.Equal([1f, 3, 5, 7], Torch(storage, "FloatStorage", 8, 1, [2, 2], [4, 2]).data<float>().ToArray());
        Assert.Equal([0f, 3, 1, 4, 2, 5], Torch(storage, "FloatStorage", 8, 0, [3, 2], [1, 3]).data<float>().ToArray());   // transposed
        Assert.Equal([5f, 5, 5], Torch(storage, "FloatStorage", 8, 5, [3], [0]).data<float>().ToArray());                 // expanded
        Assert.Equal([3f], Torch(storage, "FloatStorage", 8, 3, [1, 1], [999, 7]).data<float>().ToArray());
    }

    [Fact]
    public void Single_numbers_and_empty_tensors()
    {
        Assert.Equal(7f, Torch(Floats(7), "FloatStorage", 1, 0, [], []).item<float>());
        Assert.Equal([0, 3], Torch([], "FloatStorage", 0, 0, [0, 3], [3, 1]).shape);
        Assert.Equal([4, 0], Torch(Floats(7), "FloatStorage", 1, 1, [4, 0], [1, 1]).shape);
    }

    [Fact]
    public void Half_and_bfloat16_and_whole_numbers()
    {
        Assert.Equal(1.5f, Torch([0x00, 0x3E], "HalfStorage", 1, 0, [1], [1]).to(ScalarType.Float32).item<float>());
        Assert.Equal(1.5f, Torch([0xC0, 0x3F], "BFloat16Storage", 1, 0, [1], [1]).to(ScalarType.Float32).item<float>());
        Assert.Equal(-2L, Torch(BitConverter.GetBytes(-2L), "LongStorage", 1, 0, [1], [1]).item<long>());
        Assert.True(Torch([1], "BoolStorage", 1, 0, [], []).item<bool>());
    }

    [Fact]
    public void A_big_endian_machines_file() =>
        Assert.Equal([1f, 2], Torch([0x3F, 0x80, 0, 0, 0x40, 0, 0, 0], "FloatStorage", 2, 0, [2], [1], byteOrder: "big").data<float>().ToArray());

    [Fact]
    public void Fortran_order_and_big_endian_arrays()
    {
        Assert.Equal([0f, 2, 4, 1, 3, 5], Paddle(Floats(0, 1, 2, 3, 4, 5), fortran: true, "f4", "<", 2, 3).data<float>().ToArray());
        Assert.Equal([1.0], Paddle([0x3F, 0xF0, 0, 0, 0, 0, 0, 0], fortran: false, "f8", ">", 1).data<double>().ToArray());
        Assert.Equal(ScalarType.BFloat16, Paddle([0xC0, 0x3F], fortran: false, "u2", "<", 1).dtype);
        Assert.Equal([2], Paddle(Floats(1, 2), fortran: false, "f4", "<", 2).shape);
    }

    [Fact]
    public void Large_arrays_that_paddle_has_split()
    {
        var pickle = new PickleWriter().Op('}').Op('(');
        pickle.Text("t@@.0").Array(Floats(1, 2), false, "f4", "<", 2).Text("t@@.1").Array(Floats(3, 4, 5, 6), false, "f4", "<", 4);
        pickle.Text("UnpackBigParamInfor@@").Op('}').Text("t").Op('}').Op('(').Text("OriginShape").Tuple(2, 3).Text("slices").Op(']').Op('(').Text("t@@.0")
            .Text("t@@.1").Op('e').Op('u').Op('s');
        var tensor = Read(pickle.Op('u').Op('.').ToArray());
        Assert.Equal([2, 3], tensor.shape);
        Assert.Equal([1f, 2, 3, 4, 5, 6], tensor.data<float>().ToArray());
    }

    [Fact]
    public void Values_as_text_of_every_byte_across_blocks()
    {
        byte[] values = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * 7))];
        var text = Encoding.Latin1.GetString(values);
        var pickle = new PickleWriter().Op('}').Text("t").Global("numpy.core.multiarray", "_reconstruct").Global("numpy", "ndarray").Tuple(0).Text("b")
            .Raw(0x87).Op('R')
            .Op('(').Long(1).Tuple(values.Length).Global("numpy", "dtype").Text("u1").Raw(0x89, 0x88, 0x87).Op('R').Raw(0x89)
            .Global("_codecs", "encode").Text(text).Text("latin1").Raw(0x86).Op('R').Op('t').Op('b').Op('s').Op('.');
        Assert.Equal(values, Read(pickle.ToArray()).data<byte>().ToArray());
    }

    [Fact]
    public void A_name_and_an_array_together_as_paddle_saves_tensors() =>
        Assert.Equal([9f], Read(new PickleWriter().Op('}').Text("t").Global("builtins", "tuple").Text("param_0").Array(Floats(9), false, "f4", "<", 1)
            .Raw(0x86, 0x85).Op('R').Op('s').Op('.').ToArray()).data<float>().ToArray());

    [Fact]
    public void Parameters_and_what_a_reader_need_not_know()
    {
        var parameter = PickleBombTests.TorchZip(p => p.Global("torch._utils", "_rebuild_parameter").Tensor("0", "FloatStorage", 1, 0, [1], [1]).Raw(0x88)
            .Global("collections", "OrderedDict").Op(')').Op('R').Raw(0x87).Op('R'), Floats(4));
        Assert.Equal([4f], Read(parameter).data<float>().ToArray());
        byte[] extra = [.. PickleBombTests.Safetensors("""{"t":{"dtype":"F32","note":{"a":[1]},"shape":[1],"data_offsets":[0,4]}}   """), .. Floats(3)];
        Assert.Equal([3f], Read(extra).data<float>().ToArray());
    }

    [Fact]
    public void A_part_of_another_name_is_found_where_it_is_the_only_one()
    {
        static Action<PickleWriter> Part(string name) => p => p.Text(name).Op('}').Text("t").Tensor("0", "FloatStorage", 1, 0, [1], [1]).Op('s').Op('s');
        byte[] File(params string[] parts)
        {
            var pickle = new PickleWriter().Op('}').Text("epoch").Long(1).Op('s');
            foreach (var part in parts) Part(part)(pickle);
            return PickleBombTests.Zip(System.IO.Compression.CompressionLevel.NoCompression, ("a/data.pkl", pickle.Op('.').ToArray()), ("a/data/0", Floats(8)));
        }
        Assert.Equal([8f], Read(File("net")).data<float>().ToArray());
        Assert.Equal([8f], Read(File("net", "model")).data<float>().ToArray());
        Assert.Contains("'student', 'teacher'", Assert.Throws<CheckpointException>(() => Read(File("student", "teacher"))).Message, StringComparison.Ordinal);
        Assert.Contains("its entries are 'epoch'", Assert.Throws<CheckpointException>(() => Read(File())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_of_the_trainers_own_does_not_hide_the_weights()
    {
        static PickleWriter Tensor(PickleWriter pickle, string name) => pickle.Text(name).Tensor("0", "FloatStorage", 1, 0, [1], [1]).Op('s');
        var pickle = Tensor(new PickleWriter().Op('}'), "best_accuracy").Text("net").Op('}');
        var file = Tensor(Tensor(pickle, "t"), "u").Op('s').Op('.').ToArray();
        Assert.Equal([8f], Read(PickleBombTests.Zip(System.IO.Compression.CompressionLevel.NoCompression, ("a/data.pkl", file),
            ("a/data/0", Floats(8)))).data<float>().ToArray());
    }

    [Fact]
    public void A_byte_string_of_gigabytes_is_stepped_over()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The file has holes, so that it takes no space; elsewhere it would.");
        using (var file = File.Create(_path))
        {
            file.Write([0x80, 3, (byte)'B', 0, 0, 0, 0x90]);   // 2.4 GB, and then opcode 0
            file.SetLength(3_000_000_000);
        }
        Assert.Throws<CheckpointException>(() => Checkpoint.Open(_path));
    }

    [Fact]
    public void A_tar_archive_is_told()
    {
        var file = new byte[1024];
        "weights.pth"u8.CopyTo(file);
        "ustar"u8.CopyTo(file.AsSpan(257));
        Assert.Contains("tar archive", Assert.Throws<CheckpointException>(() => Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Views_that_lie_apart_may_not_have_a_file_read_again_and_again()
    {
        var storage = new byte[64 << 20];
        var pickle = new PickleWriter().Op('}');
        for (var i = 0; i < 8; i++) pickle.Text($"t{i}").Tensor("0", "FloatStorage", storage.Length / 4, 0, [2], [storage.Length / 4 - 1]).Op('s');
        Assert.Contains("refused", Assert.Throws<CheckpointException>(() =>
            Read(PickleBombTests.Zip(System.IO.Compression.CompressionLevel.NoCompression, ("a/data.pkl", pickle.Op('.').ToArray()),
                ("a/data/0", storage)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dictionaries_of_pairs_as_python_2_pickles_them()
    {
        var pickle = new PickleWriter().Global("collections", "OrderedDict").Op(']').Op(']').Raw((byte)'U', 1, (byte)'t').Op('a')
            .Array(Floats(6), false, "f4", "<", 1).Op('a').Op('a').Raw(0x85).Op('R').Op('.');
        Assert.Equal([6f], Read(pickle.ToArray()).data<float>().ToArray());
    }

    [Fact]
    public void A_trainers_settings_beside_the_weights_are_read_over()
    {
        var pickle = new PickleWriter().Op('}').Op('(').Text("args").Global("argparse", "Namespace").Op(')').Raw(0x81).Op('}').Text("lr")
            .Raw((byte)'G', 0x3F, 0xF0, 0, 0, 0, 0, 0, 0).Op('s').Op('b');
        pickle.Text("epoch").Long(3).Text("state_dict").Global("collections", "OrderedDict").Op(')').Op('R').Op('(').Text("t")
            .Tensor("0", "FloatStorage", 1, 0, [1], [1]).Op('u');
        Assert.Equal([8f], Read(PickleBombTests.Zip(System.IO.Compression.CompressionLevel.NoCompression, ("a/data.pkl", pickle.Op('u').Op('.').ToArray()),
            ("a/data/0", Floats(8)))).data<float>().ToArray());
    }
}
