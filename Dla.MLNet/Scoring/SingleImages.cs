using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Dla.MLNet;

/// <summary>
/// Works on single images for callers on any thread: one alone gets all processors, several at a time get one each, and more than there are places wait.
/// </summary>
internal sealed class SingleImages : IDisposable
{
    private readonly ConcurrentBag<ImageWorker> _alone = [], _together = [];
    private readonly ImageTask _task;
    private readonly ScoringMode _mode;
    private readonly Crowd _crowd;
    private volatile bool _disposed;

    /// <param name="task">What is done with each image.</param>
    /// <param name="mode">How an image uses the processors.</param>
    /// <param name="crowd">Those who share the processors.</param>
    public SingleImages(ImageTask task, ScoringMode mode, Crowd crowd)
    {
        (_task, _mode, _crowd) = (task, mode, crowd);
        task.WorkersStale += DropStale;
    }

    /// <summary>Works on an image.</summary>
    /// <param name="input">The image.</param>
    /// <param name="values">Where its values go.</param>
    /// <param name="cancel">Ends the run soon.</param>
    /// <exception cref="ImageDecodeException">The image cannot be read.</exception>
    /// <exception cref="InsufficientMemoryException">There is no memory for the image.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void Run(ImageInput input, Span<float> values, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var lease = _task.Use();
        RunLeased(input, values, cancel);
    }

    /// <summary>Works on an image for a caller who holds a lease of the model.</summary>
    /// <inheritdoc cref="Run(ImageInput, Span{float}, CancellationToken)"/>
    public void RunLeased(ImageInput input, Span<float> values, CancellationToken cancel)
    {
        var isAlone = _crowd.Enter(cancel);
        try
        {
            var latency = _mode switch { ScoringMode.Latency => true, ScoringMode.Throughput => false, _ => isAlone };
            var pool = latency ? _alone : _together;
            var worker = Take(pool) ?? _task.CreateSingleWorker(latency);
            try
            {
                worker.Load(0, input, values);
                Run(worker, cancel);
                worker.Read(0, values);
            }
            catch (Exception e) when (e is not (ImageDecodeException or InsufficientMemoryException))
            {
                worker.Dispose();
                throw;
            }
            catch
            {
                Return(worker, pool);
                throw;
            }
            Return(worker, pool);
        }
        finally
        {
            _crowd.Leave();
        }
    }

    private static void Run(ImageWorker worker, CancellationToken cancel)
    {
        using (cancel.UnsafeRegister(static w => ((ImageWorker)w!).Stop(), worker))
        {
            try
            {
                worker.Run();
            }
            catch (OperationCanceledException)
            {
                cancel.ThrowIfCancellationRequested();
                throw;
            }
        }
        cancel.ThrowIfCancellationRequested();   // after the registration's end: a worker that was told to stop, however late, is not used again
    }

    private static ImageWorker? Take(ConcurrentBag<ImageWorker> pool)
    {
        while (pool.TryTake(out var worker))
        {
            if (!worker.IsStale) return worker;
            worker.Dispose();
        }
        return null;
    }

    /// <summary>Lets go of workers whose session was replaced, so that it and its weights are freed.</summary>
    private void DropStale()
    {
        foreach (var pool in (ConcurrentBag<ImageWorker>[])[_alone, _together])
        {
            List<ImageWorker> good = [];   // new ones may have come back already
            while (Take(pool) is { } worker) good.Add(worker);
            foreach (var worker in good) Return(worker, pool);
        }
    }

    private void Return(ImageWorker worker, ConcurrentBag<ImageWorker> pool)
    {
        if (worker.IsStale) worker.Dispose();
        else pool.Add(worker);
        if (_disposed) Drain();
    }

    private void Drain()
    {
        foreach (var pool in (ConcurrentBag<ImageWorker>[])[_alone, _together])
            while (pool.TryTake(out var worker)) worker.Dispose();
    }

    public void Dispose()
    {
        _task.WorkersStale -= DropStale;
        _disposed = true;
        Drain();
    }

    /// <summary>Tells callers whether they are alone, and lets so many at a time work.</summary>
    /// <param name="places">How many; each takes memory for an image and a run.</param>
    [SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle nobody asks for holds nothing to dispose of.")]
    public sealed class Crowd(int places)
    {
        /// <summary>For so many milliseconds after calls overlapped, the next ones are taken to overlap too.</summary>
        private const long Milliseconds = 1000;

        private readonly SemaphoreSlim _places = new(places);
        private int _inside;
        private long _until;

        /// <summary>Waits for a place.</summary>
        /// <returns>Whether nobody else works, nor is likely to.</returns>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public bool Enter(CancellationToken cancel)
        {
            var isAlone = Interlocked.Increment(ref _inside) == 1;
            if (!isAlone) Volatile.Write(ref _until, Environment.TickCount64 + Milliseconds);
            try
            {
                _places.Wait(cancel);
            }
            catch
            {
                Interlocked.Decrement(ref _inside);
                throw;
            }
            return places == 1 || (isAlone && Environment.TickCount64 > Volatile.Read(ref _until));
        }

        public void Leave()
        {
            Interlocked.Decrement(ref _inside);
            _places.Release();
        }
    }
}
