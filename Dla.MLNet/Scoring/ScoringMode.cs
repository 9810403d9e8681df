namespace Dla.MLNet;

/// <summary>How processors are shared out among images.</summary>
public enum ScoringMode
{
    /// <summary>Data sets run for throughput; single predictions and one-row data run for latency.</summary>
    Auto,

    /// <summary>Each image on all processors; a data set's one after the other.</summary>
    Latency,

    /// <summary>As many images at a time as <see cref="ImageReadingOptions.Parallelism"/> says, each on one processor.</summary>
    Throughput,
}
