using System.Threading.RateLimiting;

namespace Dla.WebApp;

/// <summary>Places for work on images: as many at a time as the processor can do, some more waiting, the rest turned away.</summary>
/// <remarks>A place is taken when the image is there, so that slow uploads hold none.</remarks>
internal sealed class ClassificationQueue(ClassifierSettings settings) : IDisposable
{
    private readonly ConcurrencyLimiter _places = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = settings.Concurrency,
        QueueLimit = settings.Queue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Images being worked on and images waiting.</summary>
    public (int Running, int Waiting) Load =>
        _places.GetStatistics() is { } s ? (settings.Concurrency - (int)s.CurrentAvailablePermits, (int)s.CurrentQueuedCount) : default;

    /// <summary>Waits for a place, in order of arrival.</summary>
    /// <returns>The place, given back by disposing it; <see langword="null"/> when the queue is full, or the wait was too long.</returns>
    /// <exception cref="OperationCanceledException">The client went away while waiting.</exception>
    public async ValueTask<IDisposable?> EnterAsync(CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(settings.LongestWait);
        try
        {
            var place = await _places.AcquireAsync(1, patience.Token);
            if (place.IsAcquired) return place;
            place.Dispose();
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
        }
        return null;
    }

    public void Dispose() => _places.Dispose();
}
