namespace Dla.Benchmarks;

/// <summary>A row with the path of a photo.</summary>
internal sealed class PhotoRow
{
    public string ImagePath { get; set; } = "";
}
