using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Dla.MLNet;

/// <summary>One copy of a model's weights, in the layout that ONNX Runtime's optimiser gave them on this machine, for several sessions to run on.</summary>
/// <remarks>
/// Sessions that optimise by themselves each make their own reordered copy of the weights. Here the optimiser runs once, its result is written and read back,
/// and the sessions, which need not optimise again, take the weights from this memory. (A PrePackedWeightsContainer does not help: ONNX Runtime's float
/// convolutions do not pack, and its int8 convolutions refuse one. Those keep a packed copy of their own, a quarter of the float weights' size.)
/// </remarks>
internal sealed unsafe class SharedWeights : IDisposable
{
    /// <summary>Weights of fewer bytes are not worth sharing.</summary>
    private const int Least = 1024;

    private const nuint Alignment = 64;

    private byte[]? _model;
    private void* _memory;
    private readonly List<(string Name, OrtValue Value)> _values = [];

    private SharedWeights(byte[] model)
    {
        _model = model;
        var weights = Find(model);
        _memory = NativeMemory.AlignedAlloc(weights.Aggregate((nuint)Alignment, (sum, w) => sum + Aligned(w.Length)), Alignment);
        var at = (byte*)_memory;
        foreach (var (name, type, shape, start, length) in weights)
        {
            model.AsSpan((int)start, (int)length).CopyTo(new Span<byte>(at, (int)length));
            _values.Add((name, OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, (nint)at, length)));
            at += Aligned(length);
            Length += length;
        }
    }

    ~SharedWeights() => Free();

    /// <summary>Bytes of the weights that are shared.</summary>
    public long Length { get; }

    /// <summary>Optimises a model; <see langword="null"/> where that is not possible, as on a machine without a writable temporary folder.</summary>
    /// <param name="model">Gives the ONNX file.</param>
    /// <param name="configure">Adds to the options of the session that optimises.</param>
    /// <param name="folder">Where the optimised model is written and read back. Default: the temporary folder.</param>
    public static SharedWeights? TryCreate(Func<byte[]> model, Action<SessionOptions>? configure = null, string? folder = null)
    {
        var path = Path.Combine(folder ?? Path.GetTempPath(), $"dla-{Guid.NewGuid():n}.onnx");
        try
        {
            using (var options = new SessionOptions { OptimizedModelFilePath = path, IntraOpNumThreads = 1,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR })
            {
                configure?.Invoke(options);
                new InferenceSession(model(), options).Dispose();
            }
            return new SharedWeights(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OnnxRuntimeException or FormatException or InvalidOperationException)
        {
            return null;
        }
        finally
        {
            Delete(path);
        }
    }

    /// <param name="options">Threads and device; disposed here.</param>
    public InferenceSession CreateSession(SessionOptions options)
    {
        using var _ = options;
        options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;   // it is optimised already
        foreach (var (name, value) in _values) options.AddInitializer(name, value);
        return new InferenceSession(_model ?? throw new InvalidOperationException("The model was forgotten."), options);
    }

    /// <summary>Lets go of the file's bytes, which hold the weights once more, when all sessions are made.</summary>
    public void ForgetModel() => _model = null;

    /// <summary>Frees the memory. No session may run on it any more.</summary>
    public void Dispose()
    {
        foreach (var (_, value) in _values) value.Dispose();
        Free();
        GC.SuppressFinalize(this);
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There is no such folder, or none that may be searched: then there is no file either.
        }
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }

    private static nuint Aligned(long length) => ((nuint)length + Alignment - 1) / Alignment * Alignment;

    /// <summary>The large tensors among a model's initializers, and where their bytes are.</summary>
    private static List<(string Name, TensorElementType Type, long[] Shape, long Start, long Length)> Find(byte[] model)
    {
        var found = new List<(string, TensorElementType, long[], long, long)>();
        var reader = new ProtobufReader(new MemoryStream(model, writable: false));

        // TensorProto: 1 dims, 2 data_type (the numbers of TensorElementType), 8 name, 9 raw_data.
        void Initializer()
        {
            var (name, type, shape, raw) = ("", 0L, new List<long>(), (Start: 0L, Length: 0L));
            reader.Message(() =>
            {
                switch (reader.Field)
                {
                    case 1: reader.Integers(shape); break;
                    case 2: type = reader.Integer(); break;
                    case 8: name = reader.Text(); break;
                    case 9: raw = reader.Range(); break;
                    default: reader.Skip(); break;
                }
            });
            if (raw.Length >= Least) found.Add((name, (TensorElementType)type, [.. shape], raw.Start, raw.Length));
        }
        while (reader.Next())
        {
            // ModelProto.graph, GraphProto.initializer
            if (reader.Field == 7) reader.Message(() => { if (reader.Field == 5) Initializer(); else reader.Skip(); });
            else reader.Skip();
        }
        return found;
    }
}
