namespace Dla.Export;

/// <summary>One layer of a quantized model.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Operator">Its ONNX operator.</param>
/// <param name="Float">Why it stays float; <see langword="null"/> for a quantized layer.</param>
/// <param name="OwnSnr">
/// Signal-to-noise ratio in decibels of its output when its inputs are the float model's, rounded to bytes: the noise it adds itself. <see langword="null"/>
/// where not measured.
/// </param>
/// <param name="TotalSnr">
/// Signal-to-noise ratio in decibels of its output in the quantized model: the noise of all layers before it as well. <see langword="null"/> where not
/// measured.
/// </param>
/// <param name="Min">The smallest value its output can take; <see langword="null"/> for a float output.</param>
/// <param name="Max">The largest value its output can take; <see langword="null"/> for a float output.</param>
public sealed record DlaLayerNoise(string Name, string Operator, string? Float, double? OwnSnr, double? TotalSnr, double? Min, double? Max);
