using System.Text;
using System.Text.Json;
using static TorchSharp.torch;

namespace Dla.Models.Tests;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dla-safetensors-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string FilePath(string name = "x.safetensors") => Path.Combine(_folder, name);

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Bool)]
    public void Every_number_format_comes_back_as_it_was(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var saved = randint(0, type == ScalarType.Bool ? 2 : 100, [2, 3, 5]).to(type);
        Safetensors.Save(FilePath(), new Dictionary<string, Tensor> { ["a"] = saved, ["scalar"] = tensor(1).to(type), ["empty"] = zeros(0, 3).to(type) });
        using var file = Checkpoint.Open(FilePath());
        Assert.Equal(CheckpointFormat.Safetensors, file.Format);
        Assert.Equal(["a", "empty", "scalar"], file.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal));
        Assert.All(file.Tensors, t => Assert.Equal(type, t.Type));
        Assert.Equal(saved.bytes.ToArray(), file["a"].Read().bytes.ToArray());
        Assert.Equal([2, 3, 5], file["a"].Shape);
        Assert.Empty(file["scalar"].Shape);
        Assert.Equal(1, file["scalar"].Read().to(ScalarType.Float32).item<float>());
        Assert.Equal([0, 3], file["empty"].Read().shape);
    }

    [Fact]
    public void Transposed_and_shared_tensors_are_saved_by_their_values()
    {
        using var scope = NewDisposeScope();
        var all = arange(24, ScalarType.Float32).reshape(4, 6);
        Safetensors.Save(FilePath(), new Dictionary<string, Tensor> { ["t"] = all.t(), ["row"] = all[2] });
        using var file = Checkpoint.Open(FilePath());
        Assert.True(file["t"].Read().equal(all.t()).all().item<bool>());
        Assert.Equal([12f, 13, 14, 15, 16, 17], file["row"].Read().data<float>().ToArray());
    }

    [Fact]
    public void The_bytes_follow_the_plain_definition_of_the_format()
    {
        using var scope = NewDisposeScope();
        Safetensors.Save(FilePath(), new Dictionary<string, Tensor> { ["b"] = tensor(new[] { 1f, 2 }), ["ä"] = tensor(new long[] { 3 }) },
            new Dictionary<string, string> { ["note"] = "hé" });
        var bytes = File.ReadAllBytes(FilePath());
        var length = (int)BitConverter.ToInt64(bytes);
        Assert.Equal(0, (8 + length) % 8);
        var header = JsonDocument.Parse(Encoding.UTF8.GetString(bytes, 8, length)).RootElement;
        Assert.Equal("hé", header.GetProperty("__metadata__").GetProperty("note").GetString());
        Assert.Equal("I64", header.GetProperty("ä").GetProperty("dtype").GetString());
        Assert.Equal([8, 16], header.GetProperty("b").GetProperty("data_offsets").Deserialize<long[]>()!);
        Assert.Equal(8 + length + 16, bytes.Length);
        Assert.Equal(2f, BitConverter.ToSingle(bytes, 8 + length + 12));
        using var file = Checkpoint.Open(FilePath());
        Assert.Equal("hé", file.Metadata["note"]);
    }

    [Fact]
    public void Equal_tensors_give_equal_files_and_an_older_file_is_replaced()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (randn(3), randn(4));
        File.WriteAllText(FilePath("1"), "older");
        Safetensors.Save(FilePath("1"), new Dictionary<string, Tensor> { ["a"] = a, ["b"] = b });
        Safetensors.Save(FilePath("2"), new Dictionary<string, Tensor> { ["b"] = b, ["a"] = a });
        Assert.Equal(File.ReadAllBytes(FilePath("1")), File.ReadAllBytes(FilePath("2")));
    }

    [Fact]
    public void What_cannot_be_saved_leaves_the_older_file_and_nothing_else()
    {
        using var scope = NewDisposeScope();
        File.WriteAllText(FilePath(), "older");
        var error = Assert.Throws<ArgumentException>(() => Safetensors.Save(FilePath(),
            new Dictionary<string, Tensor> { ["c"] = zeros(2, ScalarType.ComplexFloat32) }));
        Assert.Contains("'c'", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Safetensors.Save(FilePath(), [new("x", zeros(1)), new("x", zeros(1))]));
        Assert.Throws<ArgumentException>(() => Safetensors.Save(FilePath(), [new("__metadata__", zeros(1))]));
        Assert.ThrowsAny<IOException>(() => Safetensors.Save(Path.Combine(_folder, "no", "such", "folder"), [new("x", zeros(1))]));
        Assert.Equal("older", File.ReadAllText(FilePath()));
        Assert.Single(Directory.GetFiles(_folder));
    }
}
