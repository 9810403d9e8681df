namespace Dla.Cli.Benchmarking;

/// <summary>A row with an encoded image.</summary>
internal sealed class BenchmarkRow
{
    public byte[] Image { get; set; } = [];
}
