using System.Collections.Concurrent;
using static TorchSharp.torch;

namespace Dla.Models;

/// <summary>Compares the tensors of a file with those of a network, and copies them once everything is known to fit.</summary>
/// <remarks>Not <c>load_state_dict</c>, which broadcasts a tensor of one value over a whole weight, and has loaded half when it throws.</remarks>
internal static class CheckpointLoader
{
    private const string HeadWeight = "fc.weight", HeadBias = "fc.bias", StemWeight = "base_layer.0.weight";

    private static readonly ConcurrentDictionary<DlaVariant, IReadOnlyDictionary<string, long[]>> Shapes = new();

    /// <summary>Compares with a variant whose head and stem are those of the file.</summary>
    public static CheckpointFit Compare(LiveTensors live, DlaVariant variant)
    {
        var shapes = variant == DlaVariant.All.FirstOrDefault(v => v.Name == variant.Name) ? Shapes.GetOrAdd(variant, ShapesOf) : ShapesOf(variant);
        var expected = new Dictionary<string, long[]>(shapes, StringComparer.Ordinal);
        if (HeadClasses(live) is { } classes) (expected[HeadWeight], expected[HeadBias]) = ([classes, variant.EmbeddingLength, 1, 1], [classes]);
        else if (!HasHead(live))
        {
            expected.Remove(HeadWeight);
            expected.Remove(HeadBias);
        }
        if (StemChannels(live) is { } channels) expected[StemWeight] = [variant.Channels[0], channels, .. expected[StemWeight].AsSpan(2)];
        return Compare(live, variant, expected);
    }

    public static CheckpointLoadReport Load(Checkpoint checkpoint, DlaNetwork network)
    {
        var live = LiveTensors.Of(checkpoint);
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        var targets = network.state_dict();
        var expected = targets.ToDictionary(t => t.Key, t => t.Value.shape, StringComparer.Ordinal);
        var (classes, channels) = (network.Options.NumClasses, network.Options.InputChannels);
        var adaptStem = StemChannels(live) is 3 && channels != 3;
        if (adaptStem) expected[StemWeight] = [expected[StemWeight][0], 3, .. expected[StemWeight].AsSpan(2)];
        var fit = Compare(live, network.Variant, expected);
        int? otherHead = fit.NumClasses is { } found && found != classes ? found : classes > 0 && !HasHead(live) ? 0 : null;
        bool IsLeft(string name) => otherHead is not null && name is HeadWeight or HeadBias;
        fit = fit with
        {
            Missing = [.. fit.Missing.Where(m => !IsLeft(m))],
            Misshapen = [.. fit.Misshapen.Where(m => !IsLeft(m.Name))],
            Unexpected = [.. fit.Unexpected.Where(u => !(IsLeft(u) && classes == 0))],
        };
        if (!fit.IsComplete) throw Mismatch(checkpoint, fit);

        var copies = targets.Where(t => !IsLeft(t.Key)).ToList();
        foreach (var (name, target) in copies.OrderBy(t => live.ByName.TryGetValue(t.Key, out var tensor) ? tensor.Position : 0))
        {
            if (!live.ByName.TryGetValue(name, out var source)) target.zero_();   // a batch counter, which old files lack
            else if (adaptStem && name == StemWeight) target.copy_(AdaptStem(source, channels));
            else source.CopyTo(target);
        }
        return new CheckpointLoadReport
        {
            Path = checkpoint.Path,
            Format = checkpoint.Format,
            Part = live.Part,
            Loaded = copies.Count(t => live.ByName.ContainsKey(t.Key)),
            DeadProjections = live.DeadProjections,
            HasHead = classes > 0,
            ReplacedHeadClasses = otherHead,
            AdaptedStemChannels = adaptStem ? fit.InputChannels : null,
        };
    }

    private static CheckpointFit Compare(LiveTensors live, DlaVariant variant, IReadOnlyDictionary<string, long[]> expected)
    {
        var misshapen = new List<CheckpointDifference>();
        var matching = 0;
        foreach (var (name, shape) in expected)
        {
            if (!live.ByName.TryGetValue(name, out var tensor)) continue;
            if (!tensor.Shape.SequenceEqual(shape)) misshapen.Add(new(name, tensor.ShapeText, $"[{string.Join(", ", shape)}]"));
            else if (!IsCounter(name) && !is_floating_point(tensor.Type)) misshapen.Add(new(name, tensor.Type.ToString(), "floating-point numbers"));
            else matching++;
        }
        return new CheckpointFit
        {
            Variant = variant,
            Missing = [.. expected.Keys.Where(n => !live.ByName.ContainsKey(n) && !IsCounter(n))],
            Unexpected = [.. live.ByName.Keys.Where(n => !expected.ContainsKey(n))],
            Misshapen = misshapen,
            Matching = matching,
            DeadProjections = live.DeadProjections,
            NumClasses = HeadClasses(live),
            InputChannels = StemChannels(live),
        };
    }

    private static Dictionary<string, long[]> ShapesOf(DlaVariant variant)
    {
        using var scope = NewDisposeScope();
        using var network = new DlaNetwork(variant, new DlaNetworkOptions { ShapesOnly = true });
        return network.state_dict().ToDictionary(t => t.Key, t => t.Value.shape, StringComparer.Ordinal);
    }

    /// <summary>timm's rule: one channel takes the sum of the three filters; more repeat them in turn, scaled so that the sum stays.</summary>
    private static Tensor AdaptStem(CheckpointTensor source, int channels)
    {
        using var scope = NewDisposeScope();
        var weight = source.Read().to(ScalarType.Float32);   // [C, 3, k, k]
        var adapted = channels == 1
            ? weight.sum(dim: 1, keepdim: true)
            : weight.repeat(1, (channels + 2) / 3, 1, 1).narrow(1, 0, channels).Times(3.0 / channels);
        return adapted.MoveToOuterDisposeScope();
    }

    private static bool HasHead(LiveTensors live) => live.ByName.ContainsKey(HeadWeight) || live.ByName.ContainsKey(HeadBias);

    private static int? HeadClasses(LiveTensors live) =>
        live.ByName.TryGetValue(HeadWeight, out var weight) && live.ByName.TryGetValue(HeadBias, out var bias)
        && weight.Shape is [> 0 and <= int.MaxValue and var classes, _, 1, 1] && bias.Shape is [var biases] && biases == classes ? (int)classes : null;

    private static int? StemChannels(LiveTensors live) =>
        live.ByName.TryGetValue(StemWeight, out var weight) && weight.Shape is [_, > 0 and <= int.MaxValue and var channels, _, _] ? (int)channels : null;

    private static bool IsCounter(string name) => name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);

    public static CheckpointMismatchException Mismatch(Checkpoint checkpoint, CheckpointFit fit) => new(
        $"'{checkpoint.Path}' does not fit {fit.Variant.Name}: {fit.Matching} of its tensors do. " +
            $"{fit.Describe()} Nothing was loaded. 'dla weights show {checkpoint.Path}' tells which variant it is of.");
}
