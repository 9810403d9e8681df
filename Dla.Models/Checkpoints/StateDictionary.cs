namespace Dla.Models;

/// <summary>Finds the weights in what a pickle holds: they are all of it, or one part of a trainer's checkpoint.</summary>
/// <param name="Part">The part's name; <see langword="null"/> where the weights are all of it.</param>
/// <param name="Entries">The entries by name.</param>
internal sealed record StateDictionary(string? Part, Dictionary<string, object?> Entries)
{
    /// <summary>In timm's order: the averaged weights, which are those meant for use, before the last step's.</summary>
    public static readonly string[] Parts = ["state_dict_ema", "model_ema", "state_dict", "model"];

    /// <exception cref="CheckpointException">The pickle is not a dictionary.</exception>
    public static StateDictionary Find(CheckpointFile file, object? root)
    {
        if (root is not PickleDictionary dictionary) throw file.Error("holds no dictionary of tensors. A whole saved model must be saved again as its state_dict.");
        var entries = dictionary.ByName();
        foreach (var part in Parts)
            if (entries.GetValueOrDefault(part) is PickleDictionary weights) return new StateDictionary(part, weights.ByName());
        return new StateDictionary(null, entries);
    }
}
