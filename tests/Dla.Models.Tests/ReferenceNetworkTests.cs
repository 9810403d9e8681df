using System.Text.Json;
using Dla.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace Dla.Models.Tests;

public sealed class ReferenceNetworkTests
{
    public static TheoryData<string> Variants => new(Directory.EnumerateFiles(Folder, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)!).Order());

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "networks");

    private static JsonElement Read(string variant) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, variant + ".json"))).RootElement;

    [Theory, MemberData(nameof(Variants))]
    public void State_dict_has_the_keys_and_shapes_of_the_published_checkpoint(string variant)
    {
        using var network = new DlaNetwork(DlaVariant.Parse(variant));
        var expected = Read(variant).GetProperty("state_dict").EnumerateObject()
            .Select(p => $"{p.Name} [{string.Join(',', p.Value.EnumerateArray())}]");
        var actual = network.state_dict().Select(p => $"{p.Key} [{string.Join(',', p.Value.shape)}]");
        Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Variants))]
    public void Logits_and_levels_equal_the_float64_reference(string variant)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var network = new DlaNetwork(DlaVariant.Parse(variant));
        foreach (var (key, value) in network.state_dict())
            value.copy_(tensor(WeightRecipe.Weights(key, value.shape)).reshape(value.shape));
        network.eval();

        foreach (var reference in Read(variant).GetProperty("cases").EnumerateArray())
        {
            var shape = reference.GetProperty("shape").Deserialize<long[]>()!;
            var input = tensor(WeightRecipe.Input(reference.GetProperty("input").GetString()!, shape.Aggregate((a, b) => a * b))).reshape(shape);
            var expected = reference.GetProperty("logits").Deserialize<double[][]>()!.SelectMany(r => r).ToArray();
            var actual = network.call(input).data<float>().ToArray();
            Assert.Equal(expected.Length, actual.Length);
            var scale = expected.Max(Math.Abs);
            var worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max() / scale;
            Assert.True(worst < 1e-5, $"largest difference {worst:g3} of the largest logit, shape {string.Join('×', shape)}");

            var levels = network.ForwardFeatures(input);
            for (var i = 0; i < 6; i++)
            {
                var statistics = reference.GetProperty("levels").GetProperty($"level{i}");
                Assert.Equal(statistics.GetProperty("shape").Deserialize<long[]>(), levels[i].shape);
                var mean = statistics.GetProperty("mean").GetDouble();
                Assert.Equal(mean, levels[i].to(ScalarType.Float64).mean().ToDouble(), 1e-5 * mean);
            }
        }
    }
}
