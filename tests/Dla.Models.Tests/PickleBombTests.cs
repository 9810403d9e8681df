using System.IO.Compression;
using System.Text;

namespace Dla.Models.Tests;

/// <summary>Files made to exhaust memory or time, or to do what data has no need of.</summary>
public sealed class PickleBombTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"dla-bomb-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(_path);

    /// <summary>The message of the refusal, after checking that reading it allocated no more than the file's size and 64 MB.</summary>
    private string Refusal(byte[] file)
    {
        File.WriteAllBytes(_path, file);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(_path).Dispose());
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < file.Length + (64 << 20), $"{allocated >> 20} MB allocated for a file of {file.Length >> 20} MB");
        return error.Message;
    }

    private string Refusal(Action<PickleWriter> write)
    {
        var pickle = new PickleWriter();
        write(pickle);
        return Refusal(pickle.Op('.').ToArray());
    }

    [Theory]
    [InlineData(']', "values on the stack")]
    [InlineData('}', "values on the stack")]
    [InlineData('(', "values on the stack")]
    [InlineData('N', "values on the stack")]
    [InlineData(')', "values on the stack")]
    public void A_flood_of_values_is_stopped(char opcode, string reason) =>
        Assert.Contains(reason, Refusal(p => p.Repeat(5_000_000, q => q.Op(opcode))), StringComparison.Ordinal);

    [Fact]
    public void A_flood_of_remembered_values_is_stopped() =>
        Assert.Contains("values beside the tensors", Refusal(p => p.Repeat(1_000_000, q => q.Op(']').Raw(0x94, (byte)'0'))), StringComparison.Ordinal);

    [Fact]
    public void A_loop_that_leaves_nothing_is_stopped() =>
        Assert.Contains("opcodes", Refusal(p => p.Repeat(5_000_000, q => q.Op('N').Op('0'))), StringComparison.Ordinal);

    [Fact]
    public void Memo_lists_that_become_dictionaries_again_and_again_are_stopped() =>
        Assert.Contains("values beside the tensors", Refusal(p => p.Op(']').Raw((byte)'q', 0).Op('(').Repeat(20_000, q => q.Op(')').Op(')').Raw(0x86)).Op('e')
            .Global("collections", "OrderedDict").Raw((byte)'q', 1)
            .Repeat(100_000, q => q.Raw((byte)'h', 1, (byte)'h', 0, 0x85, (byte)'R', (byte)'0'))), StringComparison.Ordinal);

    [Fact]
    public void Memo_lists_that_become_tuples_again_and_again_are_stopped() =>
        Assert.Contains("values beside the tensors", Refusal(p => p.Op(']').Raw((byte)'q', 0).Op('(').Repeat(100_000, q => q.Op(')')).Op('e')
            .Global("builtins", "tuple").Raw((byte)'q', 1).Repeat(100_000,
                q => q.Raw((byte)'h', 1, (byte)'h', 0, 0x85, (byte)'R', (byte)'0'))), StringComparison.Ordinal);

    [Fact]
    public void A_tuple_doubled_a_thousand_times_takes_no_more_than_its_references() =>
        Assert.Contains("neither PyTorch's nor Paddle's", Refusal(p => p.Op(')').Repeat(1000, q => q.Op('2').Raw(0x86))), StringComparison.Ordinal);

    [Fact]
    public void A_dictionary_that_holds_itself_is_read_once() =>
        Assert.Contains("without tensors", Refusal(p => p.Op('}').Raw((byte)'q', 0).Text("state_dict").Raw((byte)'h', 0).Op('s')), StringComparison.Ordinal);

    [Theory]
    [InlineData("os", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("builtins", "getattr")]
    [InlineData("torch", "load")]
    [InlineData("torch.storage", "_load_from_bytes")]
    [InlineData("System.Diagnostics", "Process")]
    [InlineData("numpy", "fromfile")]
    public void What_weights_do_not_need_is_refused_by_name(string module, string name) =>
        Assert.Contains($"'{module}.{name}'", Refusal(p => p.Global(module, name)), StringComparison.Ordinal);

    [Theory]
    [InlineData('i')]
    [InlineData('o')]
    [InlineData('P')]
    [InlineData('\x82')]
    [InlineData('\x92')]
    [InlineData('\x97')]
    public void Opcodes_that_call_or_refer_elsewhere_are_refused(char opcode) =>
        Assert.Contains("opcode", Refusal(p => p.Op('(').Op(opcode)), StringComparison.Ordinal);

    [Fact]
    public void An_allowed_name_applied_to_what_it_does_not_take_is_refused()
    {
        Assert.Contains("torch._utils._rebuild_tensor_v2", Refusal(p => p.Global("torch._utils", "_rebuild_tensor_v2").Op(')').Op('R')),
            StringComparison.Ordinal);
        Assert.Contains("numpy.dtype", Refusal(p => p.Global("numpy", "dtype").Op('N').Raw(0x85).Op('R')), StringComparison.Ordinal);
        Assert.Contains("torch.FloatStorage", Refusal(p => p.Global("torch", "FloatStorage").Op(')').Op('R')), StringComparison.Ordinal);
        Assert.Contains("not a name on the allow-list", Refusal(p => p.Text("os.system").Op(')').Op('R')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData((byte)'.')]
    [InlineData((byte)'R')]
    [InlineData((byte)'b')]
    [InlineData((byte)'t')]
    [InlineData((byte)'u')]
    [InlineData((byte)'Q')]
    [InlineData((byte)0x93)]
    public void An_empty_stack_gives_nothing(byte opcode) => Refusal(p => p.Raw(opcode));

    [Theory]
    [InlineData((byte)'X')]
    [InlineData((byte)'B')]
    [InlineData((byte)'T')]
    [InlineData((byte)0x8D)]
    [InlineData((byte)0x8E)]
    public void A_length_beyond_the_file_is_refused(byte opcode) =>
        Assert.Contains("in the middle of a value", Refusal(p => p.Raw(opcode).Raw(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F)), StringComparison.Ordinal);

    [Fact]
    public void Values_that_are_not_latin_text_are_refused() =>
        Assert.Contains("latin-1", Refusal(p => p.Op('}').Text("a").Global("numpy.core.multiarray", "_reconstruct").Global("numpy", "ndarray").Tuple(0)
            .Text("b").Raw(0x87).Op('R')
            .Op('(').Long(1).Tuple(2).Global("numpy", "dtype").Text("u1").Raw(0x89, 0x88, 0x87).Op('R').Raw(0x89).Text("ÿĀ").Op('t').Op('b')
            .Op('s')), StringComparison.Ordinal);

    [Fact]
    public void Sixty_thousand_tensors_of_one_storage_are_not_taken_for_a_large_file() =>
        Assert.Contains("would take", Refusal(p => p.Op('}').Op('(').Text("a").Array(new byte[1 << 20], false, "u1", "|", 1 << 20).Raw((byte)'q', 0)
            .Repeat(2000, q => q.Text(Guid.NewGuid().ToString()).Raw((byte)'h', 0)).Op('u')), StringComparison.Ordinal);

    [Fact]
    public void A_safetensors_header_of_hundreds_of_thousands_of_tensors_is_refused()
    {
        var header = new StringBuilder("{");
        for (var i = 0; i < 250_000; i++)
            header.Append(System.Globalization.CultureInfo.InvariantCulture, $"\"{i}\":{{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,0]}},");
        Assert.Contains("damaged", Refusal(Safetensors(header.ToString()[..^1] + "}")), StringComparison.Ordinal);
        Assert.Contains("more than 65,536", Refusal(Safetensors(header.Replace("[]", "[0]").ToString()[..^1] + "}")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]")]
    [InlineData("{\"a\":[]}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,0]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F8\",\"shape\":[0],\"data_offsets\":[0,0]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[0,99999999999,99999999999],\"data_offsets\":[0,0]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]}}")]
    [InlineData("{\"__metadata__\":{\"a\":1}}")]
    [InlineData("{\"__metadata__\":\"a\"}")]
    [InlineData("{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}")]
    [InlineData("{} {}")]
    [InlineData("{")]
    public void A_malformed_safetensors_header_is_refused(string header) => Refusal(Safetensors(header));

    [Fact]
    public void Compressed_archives_and_archives_of_other_programs_are_refused()
    {
        Assert.Contains("no data.pkl", Refusal(Zip(CompressionLevel.Optimal, ("readme.txt", "hello"u8.ToArray()))), StringComparison.Ordinal);
        Assert.Contains("compressed", Refusal(Zip(CompressionLevel.Optimal, ("x/data.pkl", new byte[1 << 20]))), StringComparison.Ordinal);
        Assert.Contains("TorchScript", Refusal(Zip(CompressionLevel.NoCompression, ("x/data.pkl", [0]), ("x/constants.pkl", [0]))), StringComparison.Ordinal);
        Assert.Contains("directory", Refusal([.. Zip(CompressionLevel.NoCompression, ("x/data.pkl", new byte[1000]))[..500]]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_repeats_a_value_beyond_the_files_size_is_refused() =>
        Assert.Contains("larger than the file", Refusal(TorchZip(p => p.Tensor("0", "FloatStorage", 1, 0, [1 << 20, 1 << 10], [0, 0]), new byte[4])),
            StringComparison.Ordinal);

    [Theory]
    [InlineData(0, 5, 1)]
    [InlineData(2, 3, 1)]
    [InlineData(-1, 2, 1)]
    [InlineData(0, 2, -1)]
    [InlineData(0, 2, 4)]
    [InlineData(long.MaxValue, 1, 1)]
    [InlineData(0, 2, long.MaxValue)]
    public void A_view_outside_of_its_storage_is_refused(long offset, long size, long stride) =>
        Refusal(TorchZip(p => p.Tensor("0", "FloatStorage", 4, offset, [size], [stride]), new byte[16]));

    internal static byte[] Safetensors(string header) =>
        [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header)];

    internal static byte[] TorchZip(Action<PickleWriter> tensor, byte[] storage, string byteOrder = "little")
    {
        var pickle = new PickleWriter().Op('}').Text("t");
        tensor(pickle);
        return Zip(CompressionLevel.NoCompression, ("any name/data.pkl", pickle.Op('s').Op('.').ToArray()),
            ("any name/byteorder", Encoding.ASCII.GetBytes(byteOrder)), ("any name/data/0", storage));
    }

    internal static byte[] Zip(CompressionLevel level, params ReadOnlySpan<(string Name, byte[] Content)> entries)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = archive.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }
        return stream.ToArray();
    }
}
