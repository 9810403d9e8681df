using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dla.WebApp;

/// <summary>Ready while requests should come: from the end of warming up, before which nothing listens, until the stop.</summary>
internal sealed class ReadyCheck(IHostApplicationLifetime lifetime, ClassificationQueue queue, ClassifierSettings settings) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested) return Task.FromResult(HealthCheckResult.Unhealthy("The server is stopping."));
        var full = queue.Load.Running >= settings.Concurrency && queue.Load.Waiting >= settings.Queue;
        return Task.FromResult(full ? HealthCheckResult.Degraded("All places are taken.") : HealthCheckResult.Healthy());
    }
}
