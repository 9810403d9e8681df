using Dla.Export.Onnx;

namespace Dla.Export;

/// <summary>Measures the signal-to-noise ratio of each layer: with float inputs, and inside the quantized model.</summary>
internal static class NoiseMeter
{
    /// <summary>Images that are enough for the ratios of whole tensors.</summary>
    public const int Images = 16;

    /// <summary>The noise that each quantized tensor has in the quantized model.</summary>
    public static Dictionary<string, double> Total(ModelProto exact, ModelProto quantized, IReadOnlyList<string> tensors, Calibration calibration,
        int parallelism, CancellationToken cancel) =>
        Measure(exact, tensors, quantized, tensors, calibration, parallelism, cancel);

    /// <summary>The noise that each node adds of its own, by the tensor it makes.</summary>
    public static Dictionary<string, double> Own(ModelProto exact, ModelProto isolated, IReadOnlyList<string> tensors, Calibration calibration, int parallelism,
        CancellationToken cancel) =>
        Measure(exact, tensors, isolated, [.. tensors.Select(QdqWriter.Isolated)], calibration, parallelism, cancel);

    private static Dictionary<string, double> Measure(ModelProto exact, IReadOnlyList<string> exactNames, ModelProto other, IReadOnlyList<string> otherNames,
        Calibration calibration, int parallelism, CancellationToken cancel)
    {
        if (exactNames.Count == 0) return [];
        using var a = new OnnxRunner(ModelOutputs.Add(exact, exactNames), exactNames);
        using var b = new OnnxRunner(ModelOutputs.Add(other, otherNames), otherNames);
        var count = Math.Min(Images, calibration.Inputs.Count);
        var noise = new NoiseRatio[count][];
        Runs.Parallel(count, parallelism, i =>
        {
            using var expected = a.Run(calibration.Inputs[i]);
            using var found = b.Run(calibration.Inputs[i]);
            noise[i] = [.. expected.Zip(found, (x, y) => NoiseRatio.Of(x.GetTensorDataAsSpan<float>(), y.GetTensorDataAsSpan<float>()))];
        }, cancel);
        return exactNames.Select((name, t) => (name, Ratio: noise.Select(n => n[t]).Aggregate((x, y) => x + y)))
            .ToDictionary(p => p.name, p => p.Ratio.Decibels);
    }
}
