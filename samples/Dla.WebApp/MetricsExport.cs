using System.Diagnostics.Metrics;
using Prometheus;

namespace Dla.WebApp;

/// <summary>Collects this application's instruments, ASP.NET Core's and the runtime's for Prometheus, from the start on.</summary>
internal sealed class MetricsExport : IDisposable
{
    /// <summary>Numbers that have not changed for so long are no longer told, so that rare combinations of labels do not pile up.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly IDisposable _adapter;

    public MetricsExport(IMeterFactory meters, ClassifierMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);   // its instruments exist before the first scrape
        _adapter = MeterAdapter.StartListening(new MeterAdapterOptions
        {
            Registry = Registry,
            MetricFactory = Metrics.WithCustomRegistry(Registry),   // 8.2.1 takes the registry from here only
            MetricsExpireAfter = Kept,
            InstrumentFilterPredicate = i => i.Meter.Name == "System.Runtime" || (ReferenceEquals(i.Meter.Scope, meters) && IsExported(i.Meter.Name)),
            ResolveHistogramBuckets = i =>
                i is Histogram<double> { Advice.HistogramBucketBoundaries: { } buckets } ? [.. buckets] : MeterAdapterOptions.DefaultHistogramBuckets,
        });
    }

    public CollectorRegistry Registry { get; } = Metrics.NewCustomRegistry();

    public void Dispose() => _adapter.Dispose();

    private static bool IsExported(string meter) =>
        meter is ClassifierMetrics.MeterName or "Microsoft.AspNetCore.Hosting" or "Microsoft.AspNetCore.Server.Kestrel";
}
