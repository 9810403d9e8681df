using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

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
