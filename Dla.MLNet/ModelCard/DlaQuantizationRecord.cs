namespace Dla.MLNet;

/// <summary>How a model was quantized.</summary>
public sealed record DlaQuantizationRecord
{
    /// <summary>The scheme, such as <c>int8 weights per channel, uint8 activations per tensor, QDQ</c>.</summary>
    public required string Scheme { get; init; }

    /// <summary>How activation ranges were chosen, such as <c>MinMax</c> or <c>MeanSquaredError</c>.</summary>
    public required string Calibration { get; init; }

    /// <summary>Images that the ranges were measured on.</summary>
    public int CalibrationImages { get; init; }

    /// <summary>Names of the nodes left in float.</summary>
    public IReadOnlyList<string> KeptFloat { get; init; } = [];
}
