namespace Dla.Models;

/// <summary>The tensors of a weight file under the names that a network of this library has.</summary>
/// <remarks>
/// <para>Official files of 2018 have one projection more at every tree of more than one level, whose output the original code never uses:
/// these are dropped, and the count of an averaged module, and nothing else. Paddle's names for running statistics become PyTorch's.</para>
/// <para>Of a trainer's checkpoint only the weights are taken, of its averaged and its last weights the averaged ones.</para>
/// </remarks>
internal sealed class LiveTensors
{
    /// <summary>What wrappers of a module prepend to every name: data-parallel training, and <c>torch.compile</c>.</summary>
    private static readonly string[] Wrappers = ["module.", "_orig_mod."];

    /// <summary>What PyTorch's <c>AveragedModel</c>, a wrapper too, has beside the module's weights.</summary>
    private const string AveragedCount = "n_averaged";

    private LiveTensors(Dictionary<string, CheckpointTensor> byName, List<string> deadProjections, string? part) =>
        (ByName, DeadProjections, Part) = (byName, deadProjections, part);

    public IReadOnlyDictionary<string, CheckpointTensor> ByName { get; }

    /// <summary>The tensors, by their names in the file, of projections that no output depends on.</summary>
    public IReadOnlyList<string> DeadProjections { get; }

    /// <summary>The part of a trainer's checkpoint that they are from.</summary>
    public string? Part { get; }

    /// <exception cref="CheckpointMismatchException">Two tensors of the file come to one name.</exception>
    public static LiveTensors Of(Checkpoint checkpoint)
    {
        var names = checkpoint.Tensors.Select(t => (t.Name, Tensor: t)).ToList();
        var part = StateDictionary.Parts.FirstOrDefault(p => names.Exists(n => n.Name.StartsWith(p + ".", StringComparison.Ordinal)));
        if (part is not null) names = Strip(names, part + ".");
        if (names.Exists(n => n.Name.StartsWith(Wrappers[0], StringComparison.Ordinal))) names.RemoveAll(n => n.Name == AveragedCount);
        names = Strip(names, CommonWrappers(names.ConvertAll(n => n.Name)));

        var live = new Dictionary<string, CheckpointTensor>(names.Count, StringComparer.Ordinal);
        foreach (var (name, tensor) in names)
        {
            if (!live.TryAdd(Rename(name), tensor))
                throw new CheckpointMismatchException($"'{checkpoint.Path}' has two tensors that come to the name '{CheckpointFile.Printable(Rename(name))}'.");
        }
        var dead = live.Keys.Where(n => IsDeadProjection(n, live)).ToList();
        foreach (var name in dead) live.Remove(name);
        return new LiveTensors(live, dead, checkpoint.Part ?? part);
    }

    private static List<(string Name, CheckpointTensor Tensor)> Strip(List<(string Name, CheckpointTensor Tensor)> names, string prefix) =>
        [.. names.Where(n => n.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(n => (n.Name[prefix.Length..], n.Tensor))];

    /// <summary>The wrappers that all names begin with, as often as they do, as one text: names are compared and cut once, however many there are.</summary>
    private static string CommonWrappers(List<string> names)
    {
        if (names.Count == 0) return "";
        var common = names.Aggregate(names[0].AsMemory(), (shared, name) => shared[..shared.Span.CommonPrefixLength(name)]).Span;
        var length = 0;
        for (string? wrapper = ""; wrapper is not null; length += wrapper?.Length ?? 0)
        {
            wrapper = null;
            foreach (var candidate in Wrappers)
                if (common[length..].StartsWith(candidate, StringComparison.Ordinal)) wrapper = candidate;
        }
        return common[..length].ToString();
    }

    private static string Rename(string name) =>
        name.EndsWith("._mean", StringComparison.Ordinal) ? name[..^"_mean".Length] + "running_mean"
        : name.EndsWith("._variance", StringComparison.Ordinal) ? name[..^"_variance".Length] + "running_var"
        : name;

    /// <summary>Only the lowest trees have a node that aggregates, and only they use their projection.</summary>
    private static bool IsDeadProjection(string name, Dictionary<string, CheckpointTensor> live)
    {
        var at = name.IndexOf(".project.", StringComparison.Ordinal);
        return at > 0 && !live.ContainsKey(name[..at] + ".root.conv.weight");
    }
}
