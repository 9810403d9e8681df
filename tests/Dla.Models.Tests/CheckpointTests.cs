using Dla.Tests;
using static TorchSharp.torch;

namespace Dla.Models.Tests;

public sealed class CheckpointTests
{
    public static TheoryData<string> Files => new(TinyCheckpoints.Names);

    public static TheoryData<string> HostileFiles => new(TinyCheckpoints.Hostile);

    public static TheoryData<string, CheckpointFormat, string?> Formats => new()
    {
        { "official-legacy.pth", CheckpointFormat.PyTorchLegacy, null },
        { "official-trainer-legacy.pth.tar", CheckpointFormat.PyTorchLegacy, "state_dict" },
        { "timm-zip.pth", CheckpointFormat.PyTorchZip, null },
        { "timm-trainer-zip.pth.tar", CheckpointFormat.PyTorchZip, "state_dict" },
        { "timm.safetensors", CheckpointFormat.Safetensors, null },
        { "timm-f16.safetensors", CheckpointFormat.Safetensors, null },
        { "paddle-protocol2.pdparams", CheckpointFormat.Paddle, null },
        { "paddle-protocol4.pdparams", CheckpointFormat.Paddle, null },
    };

    [Theory, MemberData(nameof(Formats))]
    public void The_format_is_told_by_the_content_whatever_the_name(string name, CheckpointFormat format, string? part)
    {
        var renamed = Path.Combine(Path.GetTempPath(), $"dla-{Guid.NewGuid():N}.onnx");
        File.Copy(Path.Combine(TinyCheckpoints.Folder, name), renamed);
        try
        {
            using var file = Checkpoint.Open(renamed);
            Assert.Equal((format, part), (file.Format, file.Part));
        }
        finally
        {
            File.Delete(renamed);
        }
    }

    [Theory, MemberData(nameof(Files))]
    public void Every_tensor_has_the_shape_and_the_values_of_the_reference(string name)
    {
        using var scope = NewDisposeScope();
        using var reference = Checkpoint.Open(Path.Combine(TinyCheckpoints.Folder, "timm.safetensors"));
        using var file = Checkpoint.Open(Path.Combine(TinyCheckpoints.Folder, name));
        var compared = 0;
        foreach (var tensor in file.Tensors)
        {
            var key = tensor.Name.Replace("module.", "", StringComparison.Ordinal).Replace("._mean", ".running_mean", StringComparison.Ordinal)
                .Replace("._variance", ".running_var", StringComparison.Ordinal);
            if (!reference.TryGet(key, out var expected)) continue;
            compared++;
            Assert.Equal(expected.Shape, tensor.Shape);
            if (tensor.Type == expected.Type) Assert.Equal(expected.Read().bytes.ToArray(), tensor.Read().bytes.ToArray());
            else Assert.True(tensor.Read().to(ScalarType.Float32).allclose(expected.Read(), 1e-3, 1e-4), tensor.Name);
        }
        Assert.Equal(name.StartsWith("timm", StringComparison.Ordinal) ? 290 : 242, compared);
        Assert.Equal(WeightRecipe.Weights("fc.weight", [10, 64, 1, 1]), reference["fc.weight"].Read().data<float>().ToArray());
    }

    [Theory, MemberData(nameof(HostileFiles))]
    public void A_hostile_file_is_refused_with_a_reason(string name)
    {
        var path = Path.Combine(TinyCheckpoints.Folder, "hostile", name);
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path));
        TestContext.Current.TestOutputHelper!.WriteLine(error.Message);
        Assert.StartsWith($"'{path}' ", error.Message, StringComparison.Ordinal);
    }
}
