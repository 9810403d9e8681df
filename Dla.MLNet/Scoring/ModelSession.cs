using Microsoft.ML.OnnxRuntime;

namespace Dla.MLNet;

/// <summary>An ONNX Runtime session of a model; thread-safe. It lives until it is disposed and its last user has gone.</summary>
/// <param name="session">ONNX Runtime's session, which is this one's own.</param>
/// <param name="name">What messages call the model.</param>
/// <param name="readsInPlace">Whether a run reads inputs where they are: not on a GPU, to which they are copied.</param>
internal sealed class ModelSession(InferenceSession session, string name, bool readsInPlace) : IDisposable
{
    private int _users = 1;
    private int _retired;

    /// <summary>Whether it was disposed; those who use it may go on.</summary>
    public bool IsRetired => Volatile.Read(ref _retired) != 0;

    /// <summary>What messages call the model.</summary>
    public string Name => name;

    /// <summary>Called while the session is known to live, by its owner.</summary>
    public void AddUser() => Interlocked.Increment(ref _users);

    public void RemoveUser()
    {
        if (Interlocked.Decrement(ref _users) == 0) session.Dispose();
    }

    /// <summary>The shape of an output, −1 where free.</summary>
    public IReadOnlyList<long> ShapeOf(string output) => Array.ConvertAll(session.OutputMetadata[output].Dimensions, d => (long)d);

    /// <summary>The shape that an output has in fact, found by a run on zeros.</summary>
    public long[] Probe(ModelInput input, int batch, string output)
    {
        using var options = new RunOptions();
        using var zeros = input.IsBytes
            ? OrtValue.CreateTensorValueFromMemory(new byte[batch * input.Length], input.Shape(batch))
            : OrtValue.CreateTensorValueFromMemory(new float[batch * input.Length], input.Shape(batch));
        try
        {
            using var results = session.Run(options, [input.Name], [zeros], [output]);
            return results[0].GetTensorTypeAndShape().Shape;
        }
        catch (OnnxRuntimeException e)
        {
            throw CannotRun(zeros, e);
        }
    }

    /// <summary>The error of a run, with the model's name and its input.</summary>
    public InvalidOperationException CannotRun(OrtValue input, OnnxRuntimeException error)
    {
        var shape = string.Join(", ", input.GetTensorTypeAndShape().Shape);
        return new InvalidOperationException($"ONNX Runtime cannot run the model '{name}' on an input of [{shape}]: {error.Message} " +
            "If the model was exported for any size, set CropSize to a multiple of 32; else export it again, or update ONNX Runtime.", error);
    }

    /// <summary>
    /// Ties buffers to the session for all runs to come, which so allocate nothing; <see langword="null"/> where inputs are copied when they are tied.
    /// </summary>
    public OrtIoBinding? Bind(string[] inputNames, OrtValue[] inputs, string[] outputNames, OrtValue[] outputs)
    {
        if (!readsInPlace) return null;
        var binding = session.CreateIoBinding();
        foreach (var (input, value) in inputNames.Zip(inputs)) binding.BindInput(input, value);
        foreach (var (output, value) in outputNames.Zip(outputs)) binding.BindOutput(output, value);
        return binding;
    }

    public void Run(RunOptions options, OrtIoBinding binding) => session.RunWithBinding(options, binding);

    public void Run(RunOptions options, string[] inputNames, OrtValue[] inputs, string[] outputNames, OrtValue[] outputs) =>
        session.Run(options, inputNames, inputs, outputNames, outputs);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _retired, 1) == 0) RemoveUser();
    }
}
