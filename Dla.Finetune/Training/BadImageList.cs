using System.Collections.Concurrent;
using Dla.MLNet;

namespace Dla.Finetune;

/// <summary>Reads images that may be bad, as the options choose: an error, or left out and remembered. Thread-safe.</summary>
internal sealed class BadImageList(BadTrainingImage handling)
{
    private readonly ConcurrentDictionary<int, string> _reasons = new();

    /// <summary>The bad images met so far, by their place in the data.</summary>
    public IReadOnlyList<BadImage> Images => [.. _reasons.OrderBy(r => r.Key).Select(r => new BadImage(r.Key, r.Value))];

    /// <summary>Runs an action on an image.</summary>
    /// <returns>Whether the image is whole.</returns>
    public bool Try(int index, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception e) when (handling == BadTrainingImage.Skip && e is (ImageDecodeException or IOException or UnauthorizedAccessException))
        {
            Add(index, e.Message);
            return false;
        }
    }

    public void Add(int index, string reason) => _reasons.TryAdd(index, reason);
}
