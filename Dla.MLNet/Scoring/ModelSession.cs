using Microsoft.ML.OnnxRuntime;

namespace Dla.MLNet;

/// <summary>An ONNX Runtime session of a model; thread-safe.</summary>
internal sealed class ModelSession : IDisposable
{
    private readonly InferenceSession _session;

    /// <param name="model">The model.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="threads">Threads of one run; 0 for all processors.</param>
    public ModelSession(ScoringModel model, ScoringDevice device, int threads)
    {
        try
        {
            using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
            if (threads == 1) options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            device.AddTo(options);
            _session = model is { ExposedTensor: null, Source.Path: { } path } ? new InferenceSession(path, options)
                : new InferenceSession(model.ExposedTensor is { } tensor ? GraphOutput.AddTo(model.Source.ReadAll(), tensor) : model.Source.ReadAll(), options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new FormatException($"ONNX Runtime cannot load the model '{model.Source.Name}': {e.Message} Export it again, or update ONNX Runtime.", e);
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException { InnerException: DllNotFoundException })
        {
            throw new DllNotFoundException("ONNX Runtime's native library is missing. Dla.MLNet leaves the choice to the application: " +
                "reference the package Microsoft.ML.OnnxRuntime (CPU) or Microsoft.ML.OnnxRuntime.Gpu (CUDA).", e);
        }
    }

    /// <summary>The shape of an output, −1 where free.</summary>
    public IReadOnlyList<long> ShapeOf(string output) => Array.ConvertAll(_session.OutputMetadata[output].Dimensions, d => (long)d);

    public void Run(RunOptions options, string[] inputNames, OrtValue[] inputs, string[] outputNames, OrtValue[] outputs) =>
        _session.Run(options, inputNames, inputs, outputNames, outputs);

    public void Dispose() => _session.Dispose();
}
