using System.Collections.Concurrent;

namespace Dla.MLNet;

/// <summary>Works on single images for callers on any thread: one alone gets all processors, several at a time get one each.</summary>
internal sealed class SingleImages(ImageTask task, ScoringMode mode) : IDisposable
{
    /// <summary>For so many milliseconds after calls overlapped, the next ones are taken to overlap too.</summary>
    private const long CrowdedMilliseconds = 1000;

    private readonly ConcurrentBag<ImageWorker> _alone = [], _together = [];
    private int _busy;
    private long _crowdedUntil;
    private volatile bool _disposed;

    /// <summary>Works on an image.</summary>
    /// <param name="input">The image.</param>
    /// <param name="values">Where its values go.</param>
    /// <param name="cancel">Ends the run soon.</param>
    /// <exception cref="ImageDecodeException">The image cannot be read.</exception>
    public void Run(ImageInput input, Span<float> values, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var lease = task.Use();
        var busy = Interlocked.Increment(ref _busy);
        try
        {
            if (busy > 1) Volatile.Write(ref _crowdedUntil, Environment.TickCount64 + CrowdedMilliseconds);
            var latency = mode switch
            {
                ScoringMode.Latency => true,
                ScoringMode.Throughput => false,
                _ => busy == 1 && Environment.TickCount64 > Volatile.Read(ref _crowdedUntil),
            };
            var pool = latency ? _alone : _together;
            var worker = Take(pool) ?? task.CreateWorker(latency);
            try
            {
                worker.Load(0, input, values);
                Run(worker, cancel);
                worker.Read(0, values);
            }
            catch (Exception e) when (e is not ImageDecodeException)
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
            Interlocked.Decrement(ref _busy);
        }
    }

    private static void Run(ImageWorker worker, CancellationToken cancel)
    {
        using var registration = cancel.UnsafeRegister(static w => ((ImageWorker)w!).Stop(), worker);
        try
        {
            worker.Run();
        }
        catch (OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            throw;
        }
        cancel.ThrowIfCancellationRequested();
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

    private void Return(ImageWorker worker, ConcurrentBag<ImageWorker> pool)
    {
        pool.Add(worker);
        if (_disposed) Drain();
    }

    private void Drain()
    {
        foreach (var pool in (ConcurrentBag<ImageWorker>[])[_alone, _together])
            while (pool.TryTake(out var worker)) worker.Dispose();
    }

    public void Dispose()
    {
        _disposed = true;
        Drain();
    }
}
