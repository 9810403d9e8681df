namespace Dla.Cli.Benchmarking;

/// <summary>What was measured of one model on this machine.</summary>
/// <param name="Model">The file.</param>
/// <param name="Megabytes">Its size.</param>
/// <param name="Throughput">Images a second, by images scored at the same time.</param>
/// <param name="LatencyP50">Milliseconds of a single prediction, decoding included: the median.</param>
/// <param name="LatencyP95">The 95th percentile.</param>
/// <param name="LatencyP99">The 99th percentile.</param>
/// <param name="Agreement">Fraction of images whose best class is that of the first model; <see langword="null"/> where the classes differ.</param>
/// <param name="ScoreDifference">
/// Mean absolute difference of the best class's probability from the first model's; <see langword="null"/> where the classes differ.
/// </param>
internal sealed record ModelMeasurement(string Model, double Megabytes, IReadOnlyDictionary<int, double> Throughput, double LatencyP50, double LatencyP95,
    double LatencyP99,
    double? Agreement, double? ScoreDifference)
{
    public double BestThroughput => Throughput.Values.Max();
}
