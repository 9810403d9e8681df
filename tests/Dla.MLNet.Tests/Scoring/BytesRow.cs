namespace Dla.MLNet.Tests;

/// <summary>A row with an encoded image.</summary>
public sealed class BytesRow
{
    public byte[] Image { get; set; } = [];

    public string Label { get; set; } = "";

    public int Number { get; set; }
}
