using Dla.Export.Onnx;

namespace Dla.Export;

/// <summary>The chosen int8 model, and how it was chosen.</summary>
internal sealed record QuantizationResult(ModelProto Model, DlaCalibrationMethod Method, Comparison Comparison,
    IReadOnlyList<DlaCalibrationTrial> Trials, IReadOnlyList<DlaLayerNoise> Layers);
