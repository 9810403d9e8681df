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

    /// <summary>A worker for images that come one by one, which may be stale from the start: then it serves for the one at hand.</summary>
    /// <param name="latency">Whether one image gets all processors.</param>
    public virtual ImageWorker CreateSingleWorker(bool latency) => CreateWorker(latency, images: 1);

    /// <summary>A worker that finds out which images are bad, and nothing else.</summary>
    public virtual ImageWorker CreateReadingWorker() => CreateWorker(latency: false, images: 1);

    /// <summary>Keeps what workers use alive until disposed.</summary>
    public virtual IDisposable? Use() => null;

    /// <summary>Lets a row go on after this was disposed; <see langword="null"/> where disposal changes nothing.</summary>
    public virtual ScoringModel.RowHold? Hold() => null;

    public abstract void Dispose();
}
