using Microsoft.ML.OnnxRuntime;

namespace Dla.MLNet;

/// <summary>A model's two sessions, made when first needed: one thread a run for data sets, all processors a run for single images.</summary>
/// <remarks>
/// The first is made from the file. When the other is needed too, both are made anew on one copy of the optimised weights, and the first is retired:
/// its users end with it, new ones get its successor. So the weights are never held twice for long, and a process that needs one session only pays for one.
/// </remarks>
internal sealed class ModelSessions(ScoringModel model, ScoringDevice device) : IDisposable
{
    private readonly Lock _making = new(), _swapping = new();   // the second is held for moments only
    private SharedWeights? _weights;
    private ModelSession? _throughput, _latency;

    /// <summary>Raised when the first session was replaced, on the thread that asked for the other.</summary>
    public event Action? Replaced;

    /// <summary>A session. The caller is its user, and removes itself at the end.</summary>
    public ModelSession Get(bool latency) => Get(latency, waits: true, out _);

    /// <summary>
    /// A session, or the other one while somebody else makes that session, which may take seconds: the caller should ask again for its next image.
    /// </summary>
    /// <param name="latency">Which session.</param>
    /// <param name="isOther">Whether it is the other one.</param>
    public ModelSession GetOrOther(bool latency, out bool isOther) => Get(latency, waits: false, out isOther);

    public void Dispose()
    {
        lock (_making)
        {
            _throughput?.Dispose();
            _latency?.Dispose();
            _weights?.Dispose();
        }
    }

    private ModelSession Get(bool latency, bool waits, out bool isOther)
    {
        isOther = false;
        if (Find(latency) is { } found) return found;
        if (waits) _making.Enter();
        else if (!_making.TryEnter())
        {
            if (Find(!latency) is { } other)
            {
                isOther = true;
                return other;
            }
            _making.Enter();   // the model's first session is being made
        }
        var isReplaced = false;
        try
        {
            if ((latency ? _latency : _throughput) is null)
            {
                var first = _throughput ?? _latency;
                isReplaced = first is not null && device.IsCpu && Share(first);
                if (!isReplaced) Set(latency, Make(latency, first));
            }
            return Find(latency)!;
        }
        finally
        {
            _making.Exit();
            if (isReplaced) Replaced?.Invoke();
        }
    }

    /// <summary>The session if there is one, with the caller as its user: under a lock, as its owner can be told to replace it at any time.</summary>
    private ModelSession? Find(bool latency)
    {
        lock (_swapping)
        {
            var session = latency ? _latency : _throughput;
            session?.AddUser();
            return session;
        }
    }

    private void Set(bool latency, ModelSession session)
    {
        lock (_swapping)
        {
            if (latency) _latency = session;
            else _throughput = session;
        }
    }

    /// <summary>Replaces the first session by two on shared weights; false, with nothing changed, where ONNX Runtime does not go along.</summary>
    private bool Share(ModelSession first)
    {
        if (SharedWeights.TryCreate(Bytes, AddWeightsFolder) is not { } weights) return false;
        InferenceSession? throughput = null;
        try
        {
            throughput = weights.CreateSession(Options(latency: false));
            var both = (Wrap(weights.CreateSession(Options(latency: true))), Wrap(throughput));
            weights.ForgetModel();
            lock (_swapping)
            {
                (_latency, _throughput) = both;
                first.Dispose();
            }
        }
        catch (OnnxRuntimeException)
        {
            throughput?.Dispose();
            weights.Dispose();
            return false;
        }
        _weights = weights;
        return true;
    }

    private byte[] Bytes() => model.ExposedTensor is { } tensor ? GraphOutput.AddTo(model.Source.ReadAll(), tensor) : model.Source.ReadAll();

    private SessionOptions Options(bool latency)
    {
        var options = new SessionOptions { IntraOpNumThreads = latency ? ProcessorLimit.Threads : 1, InterOpNumThreads = 1 };
        // Threads that wait in a busy loop are quick within a run, but between runs they would take the processors from decoding and from other sessions.
        if (latency) options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        else options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        device.AddTo(options);
        AddWeightsFolder(options);
        return options;
    }

    private ModelSession Wrap(InferenceSession session) => new(session, model.Source.Name, device.IsCpu);

    /// <summary>Tells where weights that lie in another file are, for sessions made from bytes.</summary>
    private void AddWeightsFolder(SessionOptions options)
    {
        if (model.Outline.HasExternalWeights && Path.GetDirectoryName(model.Source.Name) is { } folder)
            options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", folder);
    }

    /// <param name="latency">Which session.</param>
    /// <param name="other">The other one, which serves for both where the file was written to since it was opened.</param>
    private ModelSession Make(bool latency, ModelSession? other)
    {
        try
        {
            using var options = Options(latency);
            return Wrap(model is { ExposedTensor: null, Source.Path: { } path }
                ? new InferenceSession(path, options) : new InferenceSession(Bytes(), options));
        }
        catch (InvalidOperationException) when (other is not null)
        {
            return other;
        }
        catch (OnnxRuntimeException e)
        {
            throw new FormatException($"ONNX Runtime cannot load the model '{model.Source.Name}': {e.Message} Export it again, or update ONNX Runtime.", e);
        }
        catch (Exception e) when (MissingRuntime.Is(e))
        {
            throw MissingRuntime.Error(e);
        }
    }
}
