using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

#pragma warning disable CA1819 // ML.NET's row classes hold arrays.

/// <summary>A row with a path.</summary>
public sealed class PathRow
{
    public string ImagePath { get; set; } = "";

    public string Label { get; set; } = "";

    public int Number { get; set; }
}

/// <summary>A row with an encoded image.</summary>
public sealed class BytesRow
{
    public byte[] Image { get; set; } = [];

    public string Label { get; set; } = "";

    public int Number { get; set; }
}

/// <summary>What ClassifyImages gives.</summary>
public sealed class ScoreRow
{
    public int Number { get; set; }

    public float[] Score { get; set; } = [];

    [KeyType(TinyModel.Classes)]
    public uint PredictedLabel { get; set; }

    public string PredictedName { get; set; } = "";

    public string ImageError { get; set; } = "";
}
