using System.Diagnostics.Metrics;

namespace Dla.WebApp;

/// <summary>What <c>/metrics</c> tells about classification beside ASP.NET Core's own instruments.</summary>
internal sealed class ClassifierMetrics
{
    public const string MeterName = "Dla.WebApp";

    private readonly Histogram<double> _duration;
    private readonly Counter<long> _refused;

    public ClassifierMetrics(IMeterFactory meters, ClassificationQueue queue)
    {
        var meter = meters.Create(MeterName);
        _duration = meter.CreateHistogram("classify.duration", "s", "Time from the whole upload to the answer, with waiting.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [.005, .01, .02, .03, .05, .075, .1, .2, .5, 1, 2, 5] });
        _refused = meter.CreateCounter<long>("classify.refused", "{request}", "Uploads turned away, all memory for them being taken.");
        meter.CreateObservableUpDownCounter("classify.running", () => queue.Load.Running, "{image}", "Images being classified.");
        meter.CreateObservableUpDownCounter("classify.waiting", () => queue.Load.Waiting, "{image}", "Images waiting for a processor.");
    }

    /// <summary>Counts an upload that was turned away.</summary>
    public void Refused() => _refused.Add(1);

    /// <summary>Counts an answer.</summary>
    public void Answered(string outcome, TimeSpan took) => _duration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));
}
