using Dla.MLNet;
using Dla.Models;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;
using TensorElementType = Microsoft.ML.OnnxRuntime.Tensors.TensorElementType;

namespace Dla.Export;

/// <summary>Compares an ONNX file, whoever wrote it, with a TorchSharp network on seeded random images of several shapes.</summary>
public static class DlaVerifier
{
    /// <summary>Runs both on batches of 1 and 3 (and on several sizes where the file allows) and compares every output they share.</summary>
    /// <param name="modelPath">The ONNX file. Outputs are matched by name; a single output of another name is taken to be the logits, several by their shapes.</param>
    /// <param name="network">The module; it is evaluated in float32 and left in the mode it was in.</param>
    /// <param name="preprocessing">The mean and std for files that take bytes, and the size for files that do not fix theirs.</param>
    /// <param name="tolerance">Largest difference that passes, relative to the largest value.</param>
    /// <param name="cancel">Stops between cases.</param>
    /// <exception cref="InvalidDataException">The file is not an ONNX model, or its input and outputs are not those of such a network.</exception>
    public static DlaVerificationReport Verify(string modelPath, DlaNetwork network, ImagePreprocessing preprocessing, double tolerance = 1e-4, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        using var session = Open(modelPath);
        if (session.InputMetadata.Count != 1)
            throw new InvalidDataException($"'{modelPath}' has the inputs {string.Join(", ", session.InputNames)}; the network takes one image.");
        var (inputName, input) = session.InputMetadata.Single();
        var bytes = input.ElementDataType == TensorElementType.UInt8;
        if (!bytes && input.ElementDataType != TensorElementType.Float)
            throw new InvalidDataException($"'{inputName}' of '{modelPath}' has element type {input.ElementDataType}; expected Float, or UInt8 for [N, H, W, C].");
        var channels = network.Options.InputChannels;
        if (input.Dimensions.Length != 4 || Math.Max(0, input.Dimensions[bytes ? 3 : 1]) is var found && found != 0 && found != channels)
            throw new InvalidDataException($"'{modelPath}' takes [{string.Join(", ", input.Dimensions)}]; the network takes [N, {channels}, H, W].");

        var wasTraining = network.training;
        network.eval();
        try
        {
            var cases = new List<DlaVerificationCase>();
            foreach (var shape in Shapes(input.Dimensions, channels, bytes, preprocessing.CropSize))
            {
                cancel.ThrowIfCancellationRequested();
                cases.AddRange(Compare(session, inputName, shape, bytes, network, preprocessing));
            }
            if (cases.Count == 0)
                throw new InvalidDataException($"'{modelPath}' has outputs {string.Join(", ", session.OutputNames)}, none of the network's names and shapes; expected logits, probabilities, embedding or features.");
            return new DlaVerificationReport(cases, tolerance);
        }
        finally
        {
            network.train(wasTraining);
        }
    }

    /// <summary>The preprocessing in a file's model card; <see langword="null"/> where it has none.</summary>
    /// <exception cref="InvalidDataException">The file is not an ONNX model.</exception>
    public static ImagePreprocessing? Preprocessing(string modelPath)
    {
        using var session = Open(modelPath);
        return session.ModelMetadata.CustomMetadataMap.TryGetValue(DlaModelCard.MetadataKey, out var card) ? DlaModelCard.Parse(card).Preprocessing : null;
    }

    private static InferenceSession Open(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no model '{path}'.", path);
        try
        {
            // The arena grows by doubling; a few runs on large networks need no such reserve.
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, EnableCpuMemArena = false };
            return new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"'{path}' is not an ONNX model that ONNX Runtime can load: {e.Message}", e);
        }
    }

    /// <summary>[N, C, H, W] of each case: the file's own numbers, and several values where it leaves them free.</summary>
    private static IEnumerable<long[]> Shapes(int[] dimensions, int channels, bool bytes, int crop)
    {
        long batch = dimensions[0], height = dimensions[bytes ? 1 : 2], width = dimensions[bytes ? 2 : 3];
        var (h, w) = (height > 0 ? height : crop, width > 0 ? width : crop);
        yield return [batch > 0 ? batch : 1, channels, h, w];
        if (batch <= 0) yield return [3, channels, h, w];
        if (height <= 0 && width <= 0)
        {
            yield return [batch > 0 ? batch : 2, channels, 64, 96];
            yield return [batch > 0 ? batch : 1, channels, 128, 32];
        }
    }

    private static List<DlaVerificationCase> Compare(InferenceSession session, string inputName, long[] shape, bool bytes, DlaNetwork network, ImagePreprocessing preprocessing)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var generator = new Generator(7, CPU);
        var (pixels, value) = bytes ? RandomImage(shape, preprocessing, generator) : RandomPixels(shape, generator);
        using var input = value;
        using var run = new RunOptions();
        using var results = session.Run(run, [inputName], [input], session.OutputNames);

        var features = network.ForwardFeatures(pixels)[^1];
        var embedding = features.mean([2, 3]);
        var logits = network.Options.NumClasses > 0 ? network.ForwardHead(embedding) : embedding;
        var cases = new List<DlaVerificationCase>();
        for (var i = 0; i < results.Count; i++)
        {
            var name = session.OutputNames[i];
            var expected = name switch
            {
                "logits" => logits,
                "probabilities" => logits.softmax(1),
                "embedding" => embedding,
                "features" => features,
                _ when results.Count == 1 => logits,
                _ => new[] { logits, embedding, features }.FirstOrDefault(t => t.shape.AsSpan().SequenceEqual(results[i].GetTensorTypeAndShape().Shape)),
            };
            if (expected is null || results[i].GetTensorTypeAndShape().ElementDataType != TensorElementType.Float) continue;
            var isScore = network.Options.NumClasses > 0 && name is not ("embedding" or "features");
            var result = Compare(name, shape, expected, results[i].GetTensorDataAsSpan<float>(), isScore);
            // The softmax turns an absolute error of the logits into one of the same order, however large the logits are.
            cases.Add(name == "probabilities" ? result with { Scale = Math.Max(1, logits.abs().max().item<float>()) } : result);
        }
        return cases;
    }

    private static DlaVerificationCase Compare(string output, long[] shape, Tensor expected, ReadOnlySpan<float> actual, bool isScore)
    {
        var module = expected.contiguous().data<float>().ToArray();
        if (module.Length != actual.Length)
            throw new InvalidDataException($"'{output}' has {actual.Length} values for input [{string.Join(", ", shape)}]; the module gives [{string.Join(", ", expected.shape)}].");
        double max = 0, sum = 0, scale = 0;
        for (var i = 0; i < module.Length; i++)
        {
            var difference = Math.Abs((double)module[i] - actual[i]);
            max = double.IsNaN(difference) ? double.NaN : Math.Max(max, difference);   // Math.Max keeps a NaN
            sum += difference;
            scale = Math.Max(scale, Math.Abs(module[i]));
        }
        var rows = (int)expected.shape[0];
        var length = module.Length / rows;
        var agreeing = 0;
        for (var row = 0; row < rows; row++)
            if (!isScore || ArgMax(module.AsSpan(row * length, length)) == ArgMax(actual.Slice(row * length, length))) agreeing++;
        return new DlaVerificationCase(output, shape, max, sum / module.Length, scale, (double)agreeing / rows);
    }

    private static int ArgMax(ReadOnlySpan<float> values) => values.IndexOf(System.Numerics.Tensors.TensorPrimitives.Max(values));

    private static (Tensor, OrtValue) RandomPixels(long[] shape, Generator generator)
    {
        var pixels = randn(shape, generator: generator);
        return (pixels, OrtValue.CreateTensorValueFromMemory(pixels.data<float>().ToArray(), shape));
    }

    private static (Tensor, OrtValue) RandomImage(long[] shape, ImagePreprocessing preprocessing, Generator generator)
    {
        var image = randint(256, [shape[0], shape[2], shape[3], shape[1]], dtype: ScalarType.Byte, generator: generator);
        var x = image.permute(0, 3, 1, 2).to(ScalarType.Float32) / 255;
        x = (x - tensor(preprocessing.Mean.ToArray()).view(-1, 1, 1)) / tensor(preprocessing.Std.ToArray()).view(-1, 1, 1);
        return (x.contiguous(), OrtValue.CreateTensorValueFromMemory(image.data<byte>().ToArray(), image.shape));
    }
}
