namespace Dla.MLNet;

/// <summary>Bytes taken from an <see cref="ImageMemoryBudget"/>. Dispose gives them back; dispose it once, and do not copy it.</summary>
public readonly struct ImageMemoryLease : IDisposable
{
    private readonly ImageMemoryBudget? _budget;

    internal ImageMemoryLease(ImageMemoryBudget budget, long bytes) => (_budget, Bytes) = (budget, bytes);

    /// <summary>How many bytes were taken.</summary>
    public long Bytes { get; }

    /// <inheritdoc/>
    public void Dispose() => _budget?.Release(Bytes);
}
