namespace Dla.MLNet.Tests;

/// <summary>A row with a path.</summary>
public sealed class PathRow
{
    public string ImagePath { get; set; } = "";

    public string Label { get; set; } = "";

    public int Number { get; set; }
}
