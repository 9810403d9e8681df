namespace Dla.Export;

/// <summary>How a network is written as ONNX.</summary>
public sealed record DlaExportOptions
{
    /// <summary>Operator set, 17 to 21. Default: 17.</summary>
    public int Opset { get; init; } = 17;

    /// <summary>Number format. Default: float32.</summary>
    public DlaPrecision Precision { get; init; } = DlaPrecision.Float32;

    /// <summary>Outputs of the graph. Default: the logits, or the embedding of a network without a head.</summary>
    public DlaOutputs Outputs { get; init; } = DlaOutputs.None;

    /// <summary>Images per run, or <see langword="null"/> for any number. Default: any.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Whether height and width are free (multiples of 32) rather than the card's crop size. Default: fixed.</summary>
    public bool DynamicSize { get; init; }

    /// <summary>
    /// Whether the graph takes uint8 images [N, H, W, 3] named <c>image</c> and normalises them itself. Default: normalised floats named <c>pixels</c>.
    /// </summary>
    public bool EmbedPreprocessing { get; init; }

    /// <summary>Largest difference from the module that passes, relative to the largest value. Default: 1e-4, with float16 1e-2.</summary>
    public double? Tolerance { get; init; }
}
