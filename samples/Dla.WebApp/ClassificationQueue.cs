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

    /// <summary>Waits for a place.</summary>
    /// <returns>
    /// The place, given back by disposing it; <see cref="RateLimitLease.IsAcquired"/> is <see langword="false"/> when all and the queue are taken.
    /// </returns>
    /// <exception cref="OperationCanceledException">The client went away while waiting.</exception>
    public ValueTask<RateLimitLease> EnterAsync(CancellationToken cancel) => _places.AcquireAsync(1, cancel);

    public void Dispose() => _places.Dispose();
}
