namespace Dla.MLNet;

/// <summary>An ONNX image model: where its bytes are, what it takes and gives, and what its card says. Sessions are made when first needed.</summary>
internal sealed class ScoringModel : IDisposable
{
    private readonly ScoringDevice _device;
    private readonly Lock _reviving = new();
    private volatile ModelSessions _sessions;
    private int _leases = 1;
    private int _rows;
    private bool _isRevived;
    private volatile int _disposed;

    private ScoringModel(ModelSource source, OnnxOutline outline, DlaScoringOptions options)
    {
        (Source, Outline) = (source, outline);
        _device = ScoringDevice.Choose(options);
        try
        {
            Card = outline.Metadata.TryGetValue(DlaModelCard.MetadataKey, out var json) ? DlaModelCard.Parse(json) : null;
        }
        catch (FormatException e)
        {
            throw new FormatException($"'{source.Name}': {e.Message}", e);
        }
        Preprocessing = options.Preprocessing ?? Card?.Preprocessing ?? throw new ArgumentException(
            $"'{source.Name}' has no model card, so nothing says how its images are prepared. " +
            $"Set {nameof(DlaScoringOptions.Preprocessing)} in the options, or tell the dla command: --size, --resize, --mean, --std, " +
            "--interpolation, --orientation.");
        Input = ModelInput.Of(outline, Preprocessing, source.Name);
        BatchSize = Input.FixedBatch ?? (_device.IsCpu ? 1 : options.BatchSize);
        _sessions = new ModelSessions(this, _device);
    }

    public ModelSource Source { get; }

    public OnnxOutline Outline { get; }

    public DlaModelCard? Card { get; }

    public ImagePreprocessing Preprocessing { get; }

    public ModelInput Input { get; }

    /// <summary>Images per run.</summary>
    public int BatchSize { get; }

    /// <summary>A tensor inside the graph that the sessions give as an output too; <see langword="null"/> for none.</summary>
    public string? ExposedTensor { get; private set; }

    /// <summary>Makes a tensor inside the graph an output of all sessions. Called before the first is used.</summary>
    /// <returns>The shape of the output, <see cref="GraphOutput.NameOf"/>, as ONNX Runtime infers it, −1 where free.</returns>
    public IReadOnlyList<long> Expose(string tensor)
    {
        ExposedTensor = tensor;
        return ShapeOf(GraphOutput.NameOf(tensor));
    }

    /// <summary>The shape of an output as ONNX Runtime infers it, −1 where free.</summary>
    public IReadOnlyList<long> ShapeOf(string output) => Ask(latency: false, session => session.ShapeOf(output));

    /// <summary>Opens a model; reads its outline and card only.</summary>
    public static ScoringModel Open(ModelSource source, DlaScoringOptions options)
    {
        try
        {
            options.Validate();
            using var bytes = source.Open();
            return new ScoringModel(source, OnnxOutline.Read(bytes, source.Name), options);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Opens a model for one use; it is closed again where it does not serve that.</summary>
    public static TUse Open<TUse>(ModelSource source, DlaScoringOptions options, Func<ScoringModel, TUse> use)
    {
        var model = Open(source, options);
        try
        {
            return use(model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Tries the device that the model runs on, so that one which cannot be used is found out before the first image.</summary>
    /// <exception cref="InvalidOperationException">The application has no ONNX Runtime for GPUs, or no such GPU.</exception>
    public void RequireDevice() => _device.Require();

    /// <summary>Raised when a session was replaced by another; its users should let go of it.</summary>
    public event Action? SessionReplaced
    {
        add => _sessions.Replaced += value;
        remove => _sessions.Replaced -= value;
    }

    /// <summary>
    /// The session for data sets (one thread a run, many runs at a time) or for single images (all processors for one run). The caller is its user,
    /// and removes itself at the end.
    /// </summary>
    public ModelSession Session(bool latency) => _sessions.Get(Serves(latency));

    /// <summary>Whether a session of its own serves for latency.</summary>
    private bool Serves(bool latency) => latency && _device.IsCpu && Environment.ProcessorCount > 1;

    /// <summary>The same for an image at hand: the other session while somebody else makes the one that is asked for.</summary>
    /// <param name="latency">Which session.</param>
    /// <param name="isOther">Whether it is the other one.</param>
    public ModelSession SessionOrOther(bool latency, out bool isOther) => _sessions.GetOrOther(Serves(latency), out isOther);

    /// <summary>Asks a session something, as its user meanwhile.</summary>
    public IReadOnlyList<long> Ask(bool latency, Func<ModelSession, IReadOnlyList<long>> question)
    {
        var session = Session(latency);
        try
        {
            return question(session);
        }
        finally
        {
            session.RemoveUser();
        }
    }

    /// <summary>Keeps the sessions alive until the lease is disposed, even when the model is disposed first.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Lease Use()
    {
        for (var leases = Volatile.Read(ref _leases); leases > 0 && _disposed == 0; leases = Volatile.Read(ref _leases))
            if (Interlocked.CompareExchange(ref _leases, leases + 1, leases) == leases) return new Lease(this);
        throw new ObjectDisposedException(nameof(ScoringModel), $"The model '{Source.Name}' was disposed. " +
            "A PredictionEngine disposes its model unless OwnsTransformer is false.");
    }

    /// <summary>
    /// Lets a row go on after the model was disposed, as an engine does whose model is replaced while it predicts. The sessions are freed all the same, and
    /// made again when such a row needs them: ML.NET disposes models, but not the rows of its engines.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public RowHold Hold()
    {
        using var lease = Use();
        Interlocked.Increment(ref _rows);
        return new RowHold(this);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) Release();
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _leases) > 0) return;
        lock (_reviving)
        {
            if (Volatile.Read(ref _leases) > 0) return;
            _sessions.Dispose();
            if (Volatile.Read(ref _rows) == 0) Source.Dispose();
        }
    }

    private Lease UseInRow()
    {
        while (true)
        {
            for (var leases = Volatile.Read(ref _leases); leases > 0; leases = Volatile.Read(ref _leases))
                if (Interlocked.CompareExchange(ref _leases, leases + 1, leases) == leases) return new Lease(this);
            lock (_reviving)
            {
                if (Volatile.Read(ref _leases) > 0) continue;
                _sessions.Dispose();   // no harm when that was done
                (_sessions, _isRevived) = (new ModelSessions(this, _device), true);
                Volatile.Write(ref _leases, 2);   // the caller's, and one that the last row gives back
                return new Lease(this);
            }
        }
    }

    private void EndRow()
    {
        if (Interlocked.Decrement(ref _rows) > 0 || _disposed == 0) return;
        bool wasRevived;
        lock (_reviving)
        {
            (wasRevived, _isRevived) = (_isRevived, false);
            if (Volatile.Read(ref _leases) == 0) Source.Dispose();
        }
        if (wasRevived) Release();
    }

    /// <summary>A row's hold on a model, which outlives the model's disposal.</summary>
    internal sealed class RowHold(ScoringModel model) : IDisposable
    {
        private ScoringModel? _model = model;

        /// <summary>Keeps the sessions alive for a run.</summary>
        public Lease Use() => (_model ?? throw new ObjectDisposedException(nameof(RowHold))).UseInRow();

        public void Dispose() => Interlocked.Exchange(ref _model, null)?.EndRow();
    }

    /// <summary>One user's hold on the model.</summary>
    internal sealed class Lease(ScoringModel model) : IDisposable
    {
        private ScoringModel? _model = model;

        public void Dispose() => Interlocked.Exchange(ref _model, null)?.Release();
    }
}
