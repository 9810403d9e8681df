using Dla.MLNet;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dla.WebApp;

/// <summary>
/// Ready while requests should come: from the end of warming up, before which nothing listens, until the stop, and while there
/// is memory.
/// </summary>
internal sealed class ReadyCheck(IHostApplicationLifetime lifetime, ClassificationQueue queue, ImageMemoryBudget memory, UploadMemory uploads,
    MemoryShortage shortage, ClassifierSettings settings) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var load = queue.Load;
        return Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("The server is stopping.")
            : shortage.IsRecent ? HealthCheckResult.Unhealthy("There is no memory for photos.")
            : load.Running >= settings.Concurrency && load.Waiting >= settings.Queue ? HealthCheckResult.Degraded("All places are taken.")
            : uploads.IsFull ? HealthCheckResult.Degraded("The memory for uploads is taken.")
            : memory.Waiting > 0 ? HealthCheckResult.Degraded("A photo waits for memory.")
            : HealthCheckResult.Healthy());
    }
}
