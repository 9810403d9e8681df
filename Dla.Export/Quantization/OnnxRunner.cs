using Dla.Export.Onnx;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace Dla.Export;

/// <summary>A model in ONNX Runtime with one thread a run; concurrent runs use the processors better than one run with many threads.</summary>
internal sealed class OnnxRunner : IDisposable
{
    private readonly InferenceSession _session;
    private readonly string[] _inputs;
    private readonly string[] _outputs;

    public OnnxRunner(ModelProto model, IEnumerable<string> outputs)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        try
        {
            _session = new InferenceSession(model.ToByteArray(), options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"ONNX Runtime cannot load the model: {e.Message}", e);
        }
        _inputs = [.. _session.InputNames];
        _outputs = [.. outputs];
    }

    /// <summary>Runs the model; safe for concurrent use.</summary>
    /// <returns>The outputs in the order they were asked for.</returns>
    /// <exception cref="NotSupportedException">The model does not run on this input.</exception>
    public IDisposableReadOnlyCollection<OrtValue> Run(OrtValue input)
    {
        using var run = new RunOptions();
        try
        {
            return _session.Run(run, _inputs, [input], _outputs);
        }
        catch (OnnxRuntimeException e)
        {
            throw new NotSupportedException($"ONNX Runtime cannot run the model on an input of [{string.Join(", ", input.GetTensorTypeAndShape().Shape)}]: " +
                $"{e.Message}", e);
        }
    }

    public void Dispose() => _session.Dispose();
}
