using Dla.MLNet;
using Dla.Models;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;
using TensorElementType = Microsoft.ML.OnnxRuntime.Tensors.TensorElementType;

namespace Dla.Export;

/// <summary>Compares an ONNX file, whoever wrote it, with a TorchSharp network on seeded random images of several shapes.</summary>
public static class DlaVerifier
{
    /// <summary>Most values of one run, 1 GiB of float32, as in scoring.</summary>
    private const long LargestRun = 1L << 28;

    /// <summary>Runs both on batches of 1 and 3 (and on several sizes where the file allows) and compares every output they share.</summary>
    /// <param name="modelPath">
    /// The ONNX file. Outputs are matched by name; a single output of another name is taken to be the logits, several by their shapes.
    /// </param>
    /// <param name="network">The module; it is evaluated in float32 and left in the mode it was in.</param>
    /// <param name="preprocessing">The mean and std for files that take bytes, and the size for files that do not fix theirs.</param>
    /// <param name="tolerance">Largest difference that passes, relative to the largest value.</param>
    /// <param name="cancel">Stops between cases.</param>
    /// <exception cref="InvalidDataException">The file is not an ONNX model, or its input and outputs are not those of such a network.</exception>
    public static DlaVerificationReport Verify(string modelPath, DlaNetwork network, ImagePreprocessing preprocessing, double tolerance = 1e-4,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        using var session = Open(modelPath);
        return Verify(session, modelPath, network, preprocessing, tolerance, cancel);
    }

    /// <summary>The same for a model in memory.</summary>
    /// <param name="model">The bytes of an ONNX file.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="network">The module.</param>
    /// <param name="preprocessing">As for a file.</param>
    /// <param name="tolerance">As for a file.</param>
    /// <param name="cancel">Stops between cases.</param>
    internal static DlaVerificationReport Verify(byte[] model, string name, DlaNetwork network, ImagePreprocessing preprocessing, double tolerance,
        CancellationToken cancel)
    {
        using var session = Open(name, options => new InferenceSession(model, options));
        return Verify(session, name, network, preprocessing, tolerance, cancel);
    }

    private static DlaVerificationReport Verify(InferenceSession session, string modelPath, DlaNetwork network, ImagePreprocessing preprocessing,
        double tolerance, CancellationToken cancel)
    {
        if (session.InputMetadata.Count != 1)
            throw new InvalidDataException($"'{modelPath}' has the inputs {string.Join(", ", session.InputNames)}; the network takes one image.");
        var (inputName, input) = session.InputMetadata.Single();
        if (!input.IsTensor) throw new InvalidDataException($"'{inputName}' of '{modelPath}' is no tensor; the network takes one image.");
        var outputNames = session.OutputNames.Where(n => session.OutputMetadata[n] is { IsTensor: true, ElementDataType: TensorElementType.Float }).ToArray();
        if (outputNames.Length == 0)
            throw new InvalidDataException($"'{modelPath}' has no output of float32 numbers{(session.OutputNames.Count == 0 ? ""
                : $" among {string.Join(", ", session.OutputNames)}")}; expected logits, probabilities, embedding or features.");
        var bytes = input.ElementDataType == TensorElementType.UInt8;
        if (!bytes && input.ElementDataType != TensorElementType.Float)
            throw new InvalidDataException($"'{inputName}' of '{modelPath}' has element type {input.ElementDataType}; " +
                "expected Float, or UInt8 for [N, H, W, C].");
        var channels = network.Options.InputChannels;
        if (input.Dimensions.Length != 4 || Math.Max(0, input.Dimensions[bytes ? 3 : 1]) is var found && found != 0 && found != channels)
            throw new InvalidDataException($"'{modelPath}' takes [{string.Join(", ", input.Dimensions)}]; the network takes [N, {channels}, H, W].");

        var wasTraining = network.training;
        network.eval();
        try
        {
            var cases = new List<DlaVerificationCase>();
            (VerificationInput Input, List<FileOutput> Outputs)? first = null;
            try
            {
                foreach (var shape in Shapes(input.Dimensions, channels, bytes, preprocessing.CropSize))
                {
                    cancel.ThrowIfCancellationRequested();
                    var images = VerificationInput.Create(shape, bytes, preprocessing);
                    var outputs = Run(session, inputName, images, outputNames);
                    cases.AddRange(Compare(network, images, outputs));
                    if (first is null) first = (images, outputs);
                    else images.Dispose();
                }
                if (cases.Count == 0)
                    throw new InvalidDataException($"'{modelPath}' has outputs {string.Join(", ", session.OutputNames)}, " +
                        "none of the network's names and shapes; expected logits, probabilities, embedding or features.");
                session.Dispose();   // before the network takes twice the memory
                var (file, module) = Float64Truth.Compare(network, first!.Value.Input, first.Value.Outputs);
                return new DlaVerificationReport(cases, tolerance) { FileError = file, ModuleError = module };
            }
            finally
            {
                first?.Input.Dispose();
            }
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
        return Open(path, options => new InferenceSession(path, options));
    }

    private static InferenceSession Open(string name, Func<SessionOptions, InferenceSession> open)
    {
        try
        {
            // The arena grows by doubling; a few runs on large networks need no such reserve.
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, EnableCpuMemArena = false };
            return open(options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"'{name}' is not an ONNX model that ONNX Runtime can load: {e.Message}", e);
        }
    }

    /// <summary>[N, C, H, W] of each case: the file's own numbers, and several values where it leaves them free.</summary>
    private static IEnumerable<long[]> Shapes(int[] dimensions, int channels, bool bytes, int crop)
    {
        long batch = dimensions[0], height = dimensions[bytes ? 1 : 2], width = dimensions[bytes ? 2 : 3];
        var (h, w) = (height > 0 ? height : crop, width > 0 ? width : crop);
        if ((Int128)Math.Max(batch, 1) * channels * h * w > LargestRun)
            throw new InvalidDataException($"The model takes [{string.Join(", ", dimensions)}], more than {LargestRun:N0} values in one run. " +
                "Export it with a free or smaller batch.");
        yield return [batch > 0 ? batch : 1, channels, h, w];
        if (batch <= 0) yield return [3, channels, h, w];
        if (height <= 0 && width <= 0)
        {
            yield return [batch > 0 ? batch : 2, channels, 64, 96];
            yield return [batch > 0 ? batch : 1, channels, 128, 32];
        }
    }

    private static List<FileOutput> Run(InferenceSession session, string inputName, VerificationInput images, string[] outputNames)
    {
        using var run = new RunOptions();
        using var results = session.Run(run, [inputName], [images.Value], outputNames);
        var outputs = new List<FileOutput>();
        for (var i = 0; i < results.Count; i++)
        {
            var info = results[i].GetTensorTypeAndShape();
            if (info.ElementCount == 0) throw new InvalidDataException($"'{outputNames[i]}' has the shape [{string.Join(", ", info.Shape)}], without values. " +
                "Export the model again.");
            outputs.Add(new FileOutput(outputNames[i], info.Shape,
                Array.ConvertAll(results[i].GetTensorDataAsSpan<float>().ToArray(), v => (double)v)));
        }
        return outputs;
    }

    private static List<DlaVerificationCase> Compare(DlaNetwork network, VerificationInput images, List<FileOutput> outputs)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var module = ModuleOutputs.Of(network, images.Pixels);
        var cases = new List<DlaVerificationCase>();
        foreach (var output in outputs)
            if (module.Counterpart(output.Name, outputs.Count == 1, output.Shape) is { } expected)
                cases.Add(Compare(module, images.Pixels.shape, output, expected));
        return cases;
    }

    private static DlaVerificationCase Compare(ModuleOutputs module, long[] shape, FileOutput output, Tensor expected)
    {
        var values = expected.to(ScalarType.Float64).contiguous().data<double>().ToArray();
        if (values.Length != output.Values.Length)
            throw new InvalidDataException($"'{output.Name}' has {output.Values.Length} values for input " +
                $"[{string.Join(", ", shape)}]; the module gives [{string.Join(", ", expected.shape)}].");
        double max = 0, sum = 0;
        for (var i = 0; i < values.Length; i++)
        {
            var difference = Math.Abs(values[i] - output.Values[i]);
            max = double.IsNaN(difference) ? double.NaN : Math.Max(max, difference);   // Math.Max keeps a NaN
            sum += difference;
        }
        var rows = (int)shape[0];
        var length = values.Length / rows;
        var (agreeing, isScore) = (0, module.IsScore(output.Name, expected));
        for (var row = 0; row < rows; row++)
        {
            var range = new Range(row * length, (row + 1) * length);
            if (!isScore || ArgMax(values.AsSpan()[range]) == ArgMax(output.Values.AsSpan()[range])) agreeing++;
        }
        return new DlaVerificationCase(output.Name, shape, max, sum / values.Length, module.Scale(output.Name, values),
            (double)agreeing / rows) { IsScore = isScore };
    }

    private static int ArgMax(ReadOnlySpan<double> values) => values.IndexOf(System.Numerics.Tensors.TensorPrimitives.Max(values));
}
