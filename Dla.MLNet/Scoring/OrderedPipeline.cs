using System.Runtime.ExceptionServices;

namespace Dla.MLNet;

/// <summary>
/// Reads items one after another, works on several at a time, and gives them back in order. Memory is bounded by the ring of items, which are used again and
/// again.
/// </summary>
/// <remarks>
/// The worker threads take turns at the source: whoever holds its lock fills the next free items, then works on them outside the lock.
/// Threads start with the first <see cref="MoveNext"/>. One thread consumes.
/// </remarks>
internal sealed class OrderedPipeline<T> : IDisposable where T : class
{
    /// <summary>How long disposal waits for work in progress; what takes longer ends by itself and touches nothing of the caller's.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(80);

    private readonly IReadOnlyList<T> _ring;
    private readonly bool[] _ready;
    private readonly Func<T, bool> _fill;
    private readonly Func<IPipelineWorker<T>> _createWorker;
    private readonly Action _close, _finished;
    private readonly int _threads;
    private readonly Lock _source = new();
    private readonly object _gate = new();
    private readonly SemaphoreSlim _free;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<IPipelineWorker<T>> _workers = [];
    private long _filled;                 // items taken from the source; written under _source
    private long _end = long.MaxValue;    // items there are, once known; under _gate
    private long _consumed = -1;          // the consumer's position
    private ExceptionDispatchInfo? _failure;
    private int _running = -1;            // live threads; -1 before the start; under _gate
    private int _working;                 // those of them that work on items; under _gate
    private bool _disposed, _closed;      // under _gate, under _source

    /// <param name="ring">The items; as many are in flight at most.</param>
    /// <param name="threads">Threads that work.</param>
    /// <param name="fill">
    /// Reads the source's next row into an item; false at the end. Called by one thread at a time, never after <see cref="Dispose"/>.
    /// </param>
    /// <param name="createWorker">Makes a thread's worker, on that thread, when it has something to do.</param>
    /// <param name="close">Called once, after disposal, when the source is read no more; on a thread of the pipeline where the source would not let go.</param>
    /// <param name="finished">Called once, when no thread is left.</param>
    public OrderedPipeline(IReadOnlyList<T> ring, int threads, Func<T, bool> fill, Func<IPipelineWorker<T>> createWorker, Action close, Action finished)
    {
        (_ring, _threads, _fill, _createWorker, _close, _finished) = (ring, threads, fill, createWorker, close, finished);
        _ready = new bool[ring.Count];
        _free = new SemaphoreSlim(ring.Count);
    }

    /// <summary>Whether disposal waits for all work in progress, because that work reads what belongs to the caller. Default: for 80 ms.</summary>
    public bool WaitsForWork { get; init; }

    /// <summary>The current item; it is used for another row after the next <see cref="MoveNext"/>.</summary>
    public T Current => _ring[(int)(_consumed % _ring.Count)];

    /// <summary>Waits for the next item in the source's order; false after the last.</summary>
    /// <exception cref="OperationCanceledException"><see cref="Stop"/> was called.</exception>
    /// <remarks>What the source or a worker threw is thrown here, as it was thrown there, in the place of the item that it concerns.</remarks>
    public bool MoveNext()
    {
        if (_running < 0) Start();
        lock (_gate)
        {
            if (_consumed >= 0 && _consumed < _end)
            {
                _ready[_consumed % _ring.Count] = false;
                _free.Release();
            }
            if (_consumed < _end) _consumed++;
            while (true)
            {
                if (_stop.IsCancellationRequested && (_failure is null || _consumed < _end)) throw new OperationCanceledException("Reading was stopped.");
                if (_consumed >= _end)
                {
                    _failure?.Throw();
                    return false;
                }
                if (_ready[_consumed % _ring.Count]) return true;
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Makes the threads end soon. May be called from any thread, at any time.</summary>
    public void Stop()
    {
        IPipelineWorker<T>[] workers;
        lock (_gate)
        {
            if (_stop.IsCancellationRequested) return;
            _stop.Cancel();
            workers = [.. _workers];
            Monitor.PulseAll(_gate);
        }
        foreach (var worker in workers) worker.Stop();
    }

    /// <summary>Stops, and waits a moment until the source is read no more and the work in progress has ended.</summary>
    public void Dispose()
    {
        Stop();
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
        }
        var deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        var isFree = _source.TryEnter(Patience);   // a source that waits for its own data may keep a thread for ever
        if (isFree)
        {
            _filled = -1;
            _source.Exit();
        }
        bool isIdle;
        lock (_gate)
        {
            while (_running > 0 && deadline - Environment.TickCount64 is var left && (left > 0 || (WaitsForWork && _working > 0)))
                Monitor.Wait(_gate, left > 0 ? (int)left : 1000);
            isIdle = _running < 0;
            if (isIdle) _running = 0;
        }
        try
        {
            if (isFree) lock (_source) Close();
        }
        finally
        {
            if (isIdle) _finished();
        }
    }

    /// <summary>Lets go of a source that kept its thread beyond disposal.</summary>
    private void CloseUnheard()
    {
        try
        {
            lock (_source) Close();
        }
        catch (Exception)
        {
            // Nobody is left to hear of it, and an exception of a thread would end the process.
        }
    }

    /// <summary>Lets go of the source. Under its lock.</summary>
    private void Close()
    {
        if (_closed) return;
        _closed = true;
        _close();
    }

    private void Start()
    {
        lock (_gate)
        {
            if (_stop.IsCancellationRequested) return;
            _running = _threads;
        }
        for (var i = 0; i < _threads; i++) new Thread(Work) { IsBackground = true, Name = $"dla image worker {i}" }.Start();
    }

    private void Work()
    {
        IPipelineWorker<T>? worker = null;
        var (batch, first) = (new T[1], 0L);
        try
        {
            while (Claim(batch, out first) is > 0 and var count && BeginWork())
            {
                try
                {
                    if (worker is null) batch = Join(worker = _createWorker(), batch);
                    worker.Process(batch.AsSpan(0, count));
                    Publish(first, count);
                }
                finally
                {
                    EndWork();
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            Fail(first, e);
        }
        finally
        {
            Leave(worker);
        }
    }

    /// <summary>Fills the next items of the ring, at least one if there is one.</summary>
    private int Claim(T[] batch, out long first)
    {
        lock (_source)
        {
            first = _filled;
            var count = 0;
            while (count < batch.Length && _filled >= 0 && !HasEnded() && (count == 0 ? WaitForFree() : _free.Wait(0)))
            {
                var item = _ring[(int)(_filled % _ring.Count)];
                try
                {
                    if (!_fill(item))
                    {
                        End(_filled);
                        break;
                    }
                }
                catch (Exception e)
                {
                    Fail(_filled, e);
                    break;
                }
                batch[count++] = item;
                _filled++;
            }
            return count;
        }
    }

    /// <summary>False after a stop: what was read from the source meanwhile is left alone.</summary>
    private bool BeginWork()
    {
        lock (_gate)
        {
            if (_stop.IsCancellationRequested) return false;
            _working++;
            return true;
        }
    }

    private void EndWork()
    {
        lock (_gate)
        {
            _working--;
            Monitor.PulseAll(_gate);
        }
    }

    private bool HasEnded()
    {
        lock (_gate) return _stop.IsCancellationRequested || _filled >= _end;
    }

    private bool WaitForFree()
    {
        try
        {
            _free.Wait(_stop.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private T[] Join(IPipelineWorker<T> worker, T[] claimed)
    {
        lock (_gate)
        {
            _workers.Add(worker);
            if (_stop.IsCancellationRequested) worker.Stop();
        }
        var batch = new T[Math.Max(worker.BatchSize, claimed.Length)];
        claimed.CopyTo(batch, 0);
        return batch;
    }

    private void Publish(long first, int count)
    {
        lock (_gate)
        {
            for (var i = first; i < first + count; i++) _ready[i % _ring.Count] = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void End(long count)
    {
        lock (_gate)
        {
            _end = Math.Min(_end, count);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends the data before the item at <paramref name="index"/>; the consumer gets the error there.</summary>
    private void Fail(long index, Exception error)
    {
        lock (_gate)
        {
            if (index >= _end && _failure is not null) return;
            (_end, _failure) = (index, ExceptionDispatchInfo.Capture(error));
            Monitor.PulseAll(_gate);
        }
    }

    private void Leave(IPipelineWorker<T>? worker)
    {
        bool last, disposed;
        lock (_gate)
        {
            if (worker is not null) _workers.Remove(worker);
            worker?.Dispose();
            (last, disposed) = (--_running == 0, _disposed);
            Monitor.PulseAll(_gate);
        }
        if (!last) return;
        if (disposed) CloseUnheard();
        _finished();
    }
}
