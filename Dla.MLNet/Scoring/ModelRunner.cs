using Microsoft.ML.OnnxRuntime;

namespace Dla.MLNet;

/// <summary>Runs a session again and again on buffers of its own, so that nothing is allocated or copied between runs. Not thread-safe.</summary>
internal sealed class ModelRunner : IDisposable
{
    private readonly ModelSession _session;
    private readonly RunOptions _options = new();
    private readonly float[] _floats = [];
    private readonly byte[] _bytes = [];
    private readonly float[][] _results;
    private readonly string[] _inputNames, _outputNames;
    private readonly OrtValue[] _inputs, _outputs;
    private readonly OrtIoBinding? _binding;
    private readonly int _batch, _inputLength;
    private readonly Lock _stopping = new();
    private volatile bool _stopped;

    /// <param name="session">The session, of which this becomes the user that its giver was.</param>
    /// <param name="input">The model's input.</param>
    /// <param name="outputs">The outputs that are wanted.</param>
    /// <param name="batch">Images of one run.</param>
    public ModelRunner(ModelSession session, ModelInput input, IReadOnlyList<ModelOutput> outputs, int batch)
    {
        _session = session;
        (_batch, _inputLength) = (batch, input.Length);
        (_inputNames, _outputNames) = ([input.Name], [.. outputs.Select(o => o.Name)]);
        _results = [.. outputs.Select(o => new float[batch * o.Length])];
        if (input.IsBytes) _bytes = new byte[batch * input.Length];
        else _floats = new float[batch * input.Length];
        _inputs = [input.IsBytes ? OrtValue.CreateTensorValueFromMemory(_bytes, input.Shape(batch))
            : OrtValue.CreateTensorValueFromMemory(_floats, input.Shape(batch))];
        _outputs = [.. outputs.Select((o, i) => OrtValue.CreateTensorValueFromMemory(_results[i], o.Shape(batch)))];
        try
        {
            _binding = session.Bind(_inputNames, _inputs, _outputNames, _outputs);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whether the session was replaced by another.</summary>
    public bool IsStale => _session.IsRetired;

    /// <summary>Where the pixels of an image of the batch go, for a model that takes floats.</summary>
    public Span<float> Pixels(int image) => _floats.AsSpan(image * _inputLength, _inputLength);

    /// <summary>Where the bytes of an image of the batch go, for a model that takes bytes.</summary>
    public Span<byte> Bytes(int image) => _bytes.AsSpan(image * _inputLength, _inputLength);

    /// <summary>What the last run gave for an image of the batch.</summary>
    /// <param name="output">The place of the output among those asked for.</param>
    /// <param name="image">The place of the image in the batch.</param>
    public ReadOnlySpan<float> Result(int output, int image)
    {
        var length = _results[output].Length / _batch;
        return _results[output].AsSpan(image * length, length);
    }

    /// <exception cref="OperationCanceledException"><see cref="Stop"/> was called.</exception>
    /// <exception cref="InvalidOperationException">ONNX Runtime cannot run the model.</exception>
    public void Run()
    {
        try
        {
            if (_binding is not null) _session.Run(_options, _binding);
            else _session.Run(_options, _inputNames, _inputs, _outputNames, _outputs);
        }
        catch (OnnxRuntimeException) when (_stopped)
        {
            throw new OperationCanceledException("Scoring was stopped.");
        }
        catch (OnnxRuntimeException e)
        {
            throw _session.CannotRun(_inputs[0], e);
        }
    }

    /// <summary>Ends the current run at its next node, and all later ones. May be called from any thread, also after disposal.</summary>
    public void Stop()
    {
        lock (_stopping)
        {
            _stopped = true;
            if (!_options.IsClosed) _options.Terminate = true;
        }
    }

    public void Dispose()
    {
        lock (_stopping) _options.Dispose();
        _binding?.Dispose();
        foreach (var value in (OrtValue[])[.. _inputs, .. _outputs]) value.Dispose();
        _session.RemoveUser();
    }
}
