namespace Dla.MLNet;

/// <summary>A budget of bytes for the images that are decoded at the same time. Decoding waits until its share is free.</summary>
/// <remarks>
/// Thread-safe. All models, data sets and single images that use the same budget share its bytes.
/// Whoever waits is served in order of arrival, so that a large image waits only for the images before it.
/// An image counts with the bytes of its decoder at their peak, estimated from its header.
/// If this library reads the file, the bytes of the file count too.
/// What the caller holds (an upload, an <c>MLImage</c>) does not count, and neither does the model.
/// </remarks>
public sealed class ImageMemoryBudget
{
    private static ImageMemoryBudget _shared = new();

    private readonly LinkedList<Waiter> _waiters = [];   // under its own lock; the first one is served first
    private int _waiting;
    private long _inUse;

    /// <summary>Makes a budget of half of the memory that .NET may use.</summary>
    /// <remarks>
    /// .NET may use three quarters of a container's limit (cgroup v1 or v2), the machine's memory outside of containers,
    /// or what <c>DOTNET_GCHeapHardLimit</c> says.
    /// </remarks>
    public ImageMemoryBudget() : this(Math.Max(1, Available / 2))
    {
    }

    /// <summary>Makes a budget.</summary>
    /// <param name="bytes">How many bytes images may take at the same time, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bytes"/> is below 1.</exception>
    public ImageMemoryBudget(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        (Bytes, LargestImage) = (bytes, Math.Max(bytes, Available / 3 * 2));
    }

    /// <summary>The budget of this process, for all that is given no other. Default: <see cref="ImageMemoryBudget()"/>.</summary>
    /// <remarks>Set it when the program starts: options and models keep the budget that they were made with.</remarks>
    public static ImageMemoryBudget Shared
    {
        get => Volatile.Read(ref _shared);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            Volatile.Write(ref _shared, value);
        }
    }

    /// <summary>How many bytes images may take at the same time. Default: half of the memory that .NET may use.</summary>
    public long Bytes { get; }

    /// <summary>
    /// The most bytes that one image may take. If that is more than <see cref="Bytes"/>, larger images are decoded alone.
    /// Default: two thirds of the memory that .NET may use, or <see cref="Bytes"/> if that is more.
    /// </summary>
    public long LargestImage
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }

    /// <summary>How long an image waits for memory before <see cref="Acquire"/> gives up. Default: as long as it takes.</summary>
    public TimeSpan MaxWait { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How many bytes are taken at this moment.</summary>
    public long BytesInUse => Volatile.Read(ref _inUse);

    /// <summary>How many images wait for memory at this moment.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>The memory that .NET may use. It knows the limits of containers.</summary>
    private static long Available => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Takes memory from the budget, and waits for it if need be. The library calls it for each image that it decodes.</summary>
    /// <remarks>Do not call the library's methods with an image on a thread that holds a lease: they could wait for that lease.</remarks>
    /// <param name="bytes">How many bytes.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The lease. Dispose it once.</returns>
    /// <exception cref="ImageDecodeException"><paramref name="bytes"/> is more than <see cref="LargestImage"/>: waiting would not help.</exception>
    /// <exception cref="InsufficientMemoryException">The memory did not become free within <see cref="MaxWait"/>.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public ImageMemoryLease Acquire(long bytes, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (bytes > LargestImage)
            throw new ImageDecodeException($"Decoding the image takes about {bytes:n0} bytes of memory, " +
                $"more than the {LargestImage:n0} that one image may take here. " +
                "Make the image smaller, or raise the limit of the process's memory.") { IsTooLarge = true };
        cancel.ThrowIfCancellationRequested();
        if (Waiting > 0 || !TryTake(bytes)) Wait(bytes, cancel);
        return new(this, bytes);
    }

    /// <summary>Takes memory if it is free and nobody waits.</summary>
    internal bool TryAcquire(long bytes, out ImageMemoryLease lease)
    {
        var isFree = Waiting == 0 && TryTake(bytes);
        lease = isFree ? new(this, bytes) : default;
        return isFree;
    }

    internal void Release(long bytes)
    {
        Interlocked.Add(ref _inUse, -bytes);   // before the look at who waits, as who waits looks after having said so
        if (Waiting == 0) return;
        lock (_waiters) Serve();
    }

    private bool TryTake(long bytes)
    {
        for (var used = BytesInUse; used == 0 || bytes <= Bytes - used;)
        {
            var seen = Interlocked.CompareExchange(ref _inUse, used + bytes, used);
            if (seen == used) return true;
            used = seen;
        }
        return false;
    }

    private void Wait(long bytes, CancellationToken cancel)
    {
        var waiter = new Waiter(bytes);
        lock (_waiters)
        {
            _waiters.AddLast(waiter);
            Interlocked.Increment(ref _waiting);
            Serve();
        }
        var isServed = false;
        try
        {
            isServed = waiter.Turn.Task.Wait(MaxWait, cancel);
        }
        finally
        {
            if (!isServed) GiveUp(waiter);
        }
        if (!isServed)
            throw new InsufficientMemoryException($"Decoding the image takes about {bytes:n0} bytes. " +
                $"They did not become free within {MaxWait.TotalSeconds:0.#} s: other images take {BytesInUse:n0} of {Bytes:n0}. " +
                "Try again later, or decode fewer images at the same time.");
    }

    private void GiveUp(Waiter waiter)
    {
        lock (_waiters)
        {
            if (_waiters.Remove(waiter)) Interlocked.Decrement(ref _waiting);
            else Interlocked.Add(ref _inUse, -waiter.Bytes);   // it was served at the last moment
            Serve();
        }
    }

    /// <summary>Gives memory to those who wait, the first one first. Under the lock.</summary>
    private void Serve()
    {
        while (_waiters.First?.Value is { } first && TryTake(first.Bytes))
        {
            _waiters.RemoveFirst();
            Interlocked.Decrement(ref _waiting);
            first.Turn.SetResult();
        }
    }

    private sealed class Waiter(long bytes)
    {
        public long Bytes { get; } = bytes;

        public TaskCompletionSource Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
