using static TorchSharp.torch;

namespace Dla.Models;

/// <summary>Saves a weight file of any format as safetensors with live names.</summary>
internal static class CheckpointConverter
{
    private const string RunningVariance = ".running_var", Counter = ".num_batches_tracked";

    public static CheckpointFit Save(Checkpoint checkpoint, string path)
    {
        var live = LiveTensors.Of(checkpoint);
        if (live.ByName.Count == 0) throw new CheckpointException($"'{checkpoint.Path}' has no tensors to convert.");
        var fit = checkpoint.FindVariant();
        using var scope = NewDisposeScope();
        var tensors = live.ByName.OrderBy(t => t.Value.Position).ToDictionary(t => t.Key, t => t.Value.Read(), StringComparer.Ordinal);
        foreach (var name in live.ByName.Keys.Where(n => n.EndsWith(RunningVariance, StringComparison.Ordinal)))
            tensors.TryAdd(name[..^RunningVariance.Length] + Counter, zeros([], ScalarType.Int64));

        var metadata = new Dictionary<string, string>(checkpoint.Metadata, StringComparer.Ordinal) { ["format"] = "pt" };
        metadata.Remove("dla.variant");
        if (fit.IsComplete) metadata["dla.variant"] = fit.Variant.Name;
        Safetensors.Save(path, tensors, metadata);
        return fit;
    }
}
