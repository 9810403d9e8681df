namespace Dla.MLNet;

/// <summary>What is computed for each image: a vector of numbers. Thread-safe.</summary>
internal abstract class ImageTask : IDisposable
{
    /// <summary>The vector's length.</summary>
    public abstract int Length { get; }

    /// <summary>Images that one run takes.</summary>
    public virtual int BatchSize => 1;

    /// <summary>Raised when some workers have become stale (<see cref="ImageWorker.IsStale"/>), on any thread.</summary>
    public virtual event Action? WorkersStale
    {
        add { }
        remove { }
    }

    /// <summary>A worker.</summary>
    /// <param name="latency">Whether one image gets all processors.</param>
    /// <param name="images">So many images come at a time, at most.</param>
    public abstract ImageWorker CreateWorker(bool latency, int images);

    /// <summary>Keeps what workers use alive until disposed.</summary>
    public virtual IDisposable? Use() => null;

    public abstract void Dispose();
}
