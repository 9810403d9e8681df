using System.Diagnostics;

namespace Dla.Finetune;

/// <summary>Makes items on other threads ahead of their use: in order, and never more than a bounded number at a time.</summary>
/// <param name="workers">Items in the making at the same time.</param>
internal sealed class Prefetch(int workers)
{
    private long _waited;

    /// <summary>How long the user has waited for items so far.</summary>
    public TimeSpan Waited => Stopwatch.GetElapsedTime(0, _waited);

    /// <summary>
    /// Items <paramref name="first"/> to <paramref name="count"/> − 1. Leaving the loop early stops the workers and waits until they have stopped.
    /// </summary>
    /// <param name="first">The first item.</param>
    /// <param name="count">One more than the last item.</param>
    /// <param name="make">Makes an item; called on several threads at once. What it throws, the loop throws when it comes to that item.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> is set.</exception>
    public IEnumerable<T> Run<T>(int first, int count, Func<int, CancellationToken, T> make, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var ahead = new Queue<Task<T>>(workers);
        var next = first;
        try
        {
            while (next < count || ahead.Count > 0)
            {
                cancel.ThrowIfCancellationRequested();
                Fill();
                var started = Stopwatch.GetTimestamp();
                var made = ahead.Dequeue().GetAwaiter().GetResult();
                _waited += Stopwatch.GetTimestamp() - started;
                Fill();   // all workers go on while this item is used
                yield return made;
            }
        }
        finally
        {
            stop.Cancel();
            foreach (var task in ahead) ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        }

        void Fill()
        {
            for (; next < count && ahead.Count < workers; next++)
            {
                var item = next;
                ahead.Enqueue(Task.Run(() => make(item, stop.Token), stop.Token));
            }
        }
    }
}
