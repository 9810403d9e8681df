namespace Dla.Benchmarks;

/// <summary>What wrk counted.</summary>
/// <param name="PerSecond">Answered requests a second.</param>
/// <param name="P50">Half of the answers came within so many milliseconds.</param>
/// <param name="P99">99 of 100 answers came within so many milliseconds.</param>
/// <param name="Failed">Answers other than 200, and broken connections.</param>
internal sealed record WrkResult(double PerSecond, double P50, double P99, int Failed);
