using Dla.Export.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace Dla.Export;

/// <summary>What the float model does on the calibration images: the statistics of its activations, and the results of the first images.</summary>
internal sealed class Calibration : IDisposable
{
    private readonly List<OrtValue> _inputs = [];
    private readonly List<float[]> _results = [];

    private Calibration(Dictionary<string, ActivationStatistics> statistics) => Statistics = statistics;

    public IReadOnlyDictionary<string, ActivationStatistics> Statistics { get; }

    /// <summary>Images seen.</summary>
    public int Images { get; private set; }

    /// <summary>The inputs made of the first images.</summary>
    public IReadOnlyList<OrtValue> Inputs => _inputs;

    /// <summary>The float model's first output for each of <see cref="Inputs"/>.</summary>
    public IReadOnlyList<float[]> Results => _results;

    /// <summary>Runs the float model over the images, a few at a time: memory does not grow with their number.</summary>
    /// <exception cref="ArgumentException">There are no images.</exception>
    /// <exception cref="InvalidDataException">An image cannot be read, or an activation is not finite; the message has the image's place.</exception>
    public static Calibration Run(ModelProto model, IReadOnlyList<string> tensors, CalibrationInput input, IEnumerable<ReadOnlyMemory<byte>> images,
        DlaQuantizationOptions options, IProgress<int>? progress, CancellationToken cancel)
    {
        var output = ModelOutputs.Logits(model);
        var observed = tensors.Where(t => t != input.Name).ToList();
        using var runner = new OnnxRunner(ModelOutputs.Add(model, observed), [.. observed, output]);
        var observedInput = tensors.Contains(input.Name) ? input.Name : null;
        var parts = Enumerable.Range(0, options.Parallelism).Select(_ => tensors.ToDictionary(t => t, _ => new ActivationStatistics())).ToArray();
        var result = new Calibration(parts[0]);
        var chunks = new OrtValue[options.Parallelism * 4];
        var logits = new float[chunks.Length][];
        string Name(int number) => options.ImageName is { } named ? $"Calibration image {number + 1}, '{named(number)}'," : $"Calibration image {number + 1}";
        foreach (var chunk in images.Chunk(chunks.Length))
        {
            cancel.ThrowIfCancellationRequested();
            var first = result.Images;
            // Each worker has images and statistics of its own, so that sums do not depend on who is faster.
            Runs.Parallel(options.Parallelism, options.Parallelism, worker =>
            {
                for (var i = worker; i < chunk.Length; i += options.Parallelism)
                    (chunks[i], logits[i]) = Observe(runner, input, chunk[i], Name(first + i), observed, observedInput, parts[worker]);
            }, cancel);
            for (var i = 0; i < chunk.Length; i++)
            {
                if (result._inputs.Count < options.ComparisonImages)
                {
                    result._inputs.Add(chunks[i]);
                    result._results.Add(logits[i]);
                }
                else chunks[i].Dispose();
            }
            result.Images += chunk.Length;
            progress?.Report(result.Images);
        }
        if (result.Images == 0) throw new ArgumentException("There are no calibration images. A few hundred of the training images are enough.");
        foreach (var part in parts.Skip(1))
            foreach (var (tensor, statistics) in part) parts[0][tensor].Merge(statistics);
        return result;
    }

    private static (OrtValue, float[]) Observe(OnnxRunner runner, CalibrationInput input, ReadOnlyMemory<byte> image, string name,
        List<string> observed, string? inputName, Dictionary<string, ActivationStatistics> statistics)
    {
        var tensor = inputName ?? "";
        try
        {
            var value = input.Prepare(image.Span);
            using var results = runner.Run(value);
            if (inputName is not null) statistics[inputName].Add(value.GetTensorDataAsSpan<float>(), value.GetTensorTypeAndShape().Shape);
            for (var i = 0; i < observed.Count; i++)
            {
                tensor = observed[i];
                statistics[tensor].Add(results[i].GetTensorDataAsSpan<float>(), results[i].GetTensorTypeAndShape().Shape);
            }
            var scores = results[^1].GetTensorDataAsSpan<float>().ToArray();
            return scores.Length > 0 ? (value, scores) : throw new NotSupportedException("The model's output has the shape " +
                $"[{string.Join(", ", results[^1].GetTensorTypeAndShape().Shape)}], without values to compare. Export the model with its logits.");
        }
        catch (Exception e) when (e is InvalidDataException or Dla.MLNet.ImageDecodeException)
        {
            throw new InvalidDataException($"{name} cannot be used: " +
                $"{(e is InvalidDataException ? $"'{tensor}' has " : "")}{e.Message}", e);
        }
    }

    public void Dispose()
    {
        foreach (var input in _inputs) input.Dispose();
    }
}
