namespace Dla.Benchmarks;

/// <summary>How the web app answered clients with large images.</summary>
/// <param name="Statuses">Answers by status.</param>
/// <param name="LongestGap">The longest time that a client was without a 200.</param>
/// <param name="Time">How long the clients sent.</param>
internal sealed record MemoryLoadResult(IReadOnlyDictionary<string, int> Statuses, TimeSpan LongestGap, TimeSpan Time)
{
    /// <summary>Answers with 200 a minute.</summary>
    public double PerMinute => Statuses.GetValueOrDefault("200") / Time.TotalMinutes;

    /// <summary>Whether every answer was 200 or 503 with Retry-After.</summary>
    public bool IsClean => Statuses.Keys.All(s => s is "200" or "503");

    public override string ToString() => string.Join(", ", Statuses.OrderBy(s => s.Key).Select(s => $"{s.Value} × {s.Key}"));
}
