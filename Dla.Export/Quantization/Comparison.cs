using System.Numerics.Tensors;
using Dla.Export.Onnx;

namespace Dla.Export;

/// <summary>How near a model's results are to the float model's on the comparison images.</summary>
/// <param name="Snr">Signal-to-noise ratio in decibels.</param>
/// <param name="Agreement">Fraction in [0, 1] with the same best class.</param>
internal sealed record Comparison(double Snr, double Agreement)
{
    public static Comparison Run(ModelProto model, Calibration calibration, int parallelism, CancellationToken cancel)
    {
        using var runner = new OnnxRunner(model, [ModelOutputs.Logits(model)]);
        var noise = new NoiseRatio[calibration.Inputs.Count];
        var agree = new bool[noise.Length];
        Runs.Parallel(noise.Length, parallelism, i =>
        {
            using var results = runner.Run(calibration.Inputs[i]);
            var exact = calibration.Results[i];
            var found = results[0].GetTensorDataAsSpan<float>();
            noise[i] = NoiseRatio.Of(exact, found);
            agree[i] = TensorPrimitives.IndexOfMax<float>(exact) == TensorPrimitives.IndexOfMax(found);
        }, cancel);
        return new Comparison(noise.Aggregate((a, b) => a + b).Decibels, agree.Average(a => a ? 1.0 : 0.0));
    }
}
