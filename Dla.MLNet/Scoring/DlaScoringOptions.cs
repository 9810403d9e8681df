namespace Dla.MLNet;

/// <summary>How a model is opened and run.</summary>
public abstract record DlaScoringOptions : ImageReadingOptions
{
    /// <summary>The ONNX file written by <c>dla export</c>, <c>dla finetune</c> or <c>dla quantize</c>, or another exporter's.</summary>
    public required string ModelPath { get; init; }

    /// <summary>How an image becomes the model's input. Default: what the model card says; needed for a file without a card.</summary>
    public ImagePreprocessing? Preprocessing { get; init; }

    /// <summary>
    /// Where the model runs: <c>cpu</c>, or <c>cuda:0</c> with the package Microsoft.ML.OnnxRuntime.Gpu. <c>Fit</c> and <c>DlaClassifier.Open</c> try a GPU.
    /// Default: the GPU of <c>MLContext.GpuDeviceId</c>, or the processor without one.
    /// </summary>
    public string? Device { get; init; }

    /// <summary>
    /// Whether the processor is used, with a warning in the context's log, when the GPU cannot be. Default: as <c>MLContext.FallbackToCpu</c>, else an error.
    /// </summary>
    public bool FallbackToCpu { get; init; }

    /// <summary>Images per run on a GPU; the CPU runs one, or as many as the model's input fixes. Default: 16.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Whether one image gets all processors, or each processor its own image. Default: automatic.</summary>
    public ScoringMode Mode { get; init; } = ScoringMode.Auto;

    internal override void Validate()
    {
        base.Validate();
        if (string.IsNullOrWhiteSpace(ModelPath)) throw new ArgumentException($"{nameof(ModelPath)} is empty; give the path of an ONNX file.");
        if (BatchSize < 1) throw new ArgumentException($"{nameof(BatchSize)} is {BatchSize}; it must be at least 1.");
        if (!Enum.IsDefined(Mode)) throw new ArgumentException($"{nameof(Mode)} is {Mode}; use Auto, Latency or Throughput.");
        if (Device is not null) ScoringDevice.Parse(Device);
        Preprocessing?.Validate();
    }
}
