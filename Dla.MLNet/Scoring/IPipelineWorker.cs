namespace Dla.MLNet;

/// <summary>What one thread of an <see cref="OrderedPipeline{T}"/> does with the items it has claimed.</summary>
internal interface IPipelineWorker<T> : IDisposable
{
    /// <summary>Items claimed at once, at most.</summary>
    public int BatchSize { get; }

    public void Process(ReadOnlySpan<T> items);

    /// <summary>Ends <see cref="Process"/> soon. Called from another thread, perhaps after disposal.</summary>
    public void Stop();
}
