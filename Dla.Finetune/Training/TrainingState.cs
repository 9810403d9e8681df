using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>The tensors of a run: weights, optimizer and average, and how they are saved and read back.</summary>
internal sealed class TrainingState : IDisposable
{
    private readonly Dictionary<string, Tensor> _values;
    private Dictionary<string, Tensor>? _best;

    public TrainingState(DlaNetwork network, DlaTrainingOptions options)
    {
        Network = network;
        Parts = new NetworkParts(network, options);
        Parameters = Parts.Trained();
        _values = network.state_dict();
        Optimizer = Optimizer.Create(Parameters, options);
        if (options.EmaDecay > 0) Average = new WeightAverage(_values, options.EmaDecay);
    }

    public DlaNetwork Network { get; }

    public NetworkParts Parts { get; }

    public IReadOnlyList<TrainedParameter> Parameters { get; }

    public Optimizer Optimizer { get; }

    public WeightAverage? Average { get; }

    /// <summary>The network's parameters and buffers, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Values => _values;

    public void UpdateAverage(long step) => Average?.Update(_values, step);

    /// <summary>Whether all weights, running statistics and averages are finite.</summary>
    public bool IsFinite()
    {
        using var scope = NewDisposeScope();
        return _values.Values.Concat(Average?.Values.Values ?? []).All(v => v.isfinite().all().item<bool>());
    }

    /// <summary>Saves everything that the next step depends on, in one file that is either the old or the new one.</summary>
    public void Save(string path, TrainingJournal journal) =>
        TrainingChecksum.Save(path, Named(), new Dictionary<string, string> { [TrainingJournal.MetadataKey] = journal.ToJson() });

    /// <summary>Reads back what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing or has another shape.</exception>
    public void Load(Checkpoint checkpoint)
    {
        foreach (var (name, tensor) in Named())
        {
            if (!checkpoint.TryGet(name, out var saved) || !saved.Shape.SequenceEqual(tensor.shape))
                throw new InvalidDataException($"'{checkpoint.Path}' has no tensor '{name}' of shape [{string.Join(", ", tensor.shape)}]. " +
                    "It is damaged, or of another network; train anew in another folder.");
            saved.CopyTo(tensor);
        }
    }

    /// <summary>Runs an action with the averaged weights in the network, where there is an average.</summary>
    public T WithAverage<T>(Func<T> action)
    {
        if (Average is null) return action();
        using var scope = NewDisposeScope();
        var trained = _values.ToDictionary(v => v.Key, v => v.Value.detach().clone());
        Copy(Average.Values);
        try
        {
            return action();
        }
        finally
        {
            Copy(trained);
        }
    }

    /// <summary>Remembers the network's present weights as the best so far.</summary>
    public void RememberBest()
    {
        Forget();
        _best = _values.ToDictionary(v => v.Key, v => v.Value.detach().clone().DetachFromDisposeScope());
    }

    /// <summary>Reads the best weights so far from a file.</summary>
    /// <exception cref="CheckpointException">A tensor is missing or has another shape.</exception>
    public void RememberBest(Checkpoint weights)
    {
        foreach (var (name, value) in _values)
            if (!weights.TryGet(name, out var saved) || !saved.Shape.SequenceEqual(value.shape))
                throw new CheckpointException($"'{weights.Path}' has no tensor '{name}' of shape [{string.Join(", ", value.shape)}]: it is of another network.");
        Forget();
        _best = _values.ToDictionary(v => v.Key, v => weights[v.Key].Read().DetachFromDisposeScope());
    }

    /// <summary>Leaves the weights that count in the network: the best remembered, else the average, else the last.</summary>
    public void KeepBest()
    {
        if (_best is not null) Copy(_best);
        else if (Average is not null) Copy(Average.Values);
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        Average?.Dispose();
        Forget();
    }

    private void Forget()
    {
        foreach (var tensor in _best?.Values.AsEnumerable() ?? []) tensor.Dispose();
        _best = null;
    }

    private void Copy(IReadOnlyDictionary<string, Tensor> from)
    {
        using var untracked = no_grad();
        foreach (var (name, value) in _values) value.copy_(from[name]);
    }

    private IEnumerable<KeyValuePair<string, Tensor>> Named() => Prefixed("model", _values)
        .Concat(Prefixed("optimizer", Optimizer.State))
        .Concat(Prefixed("average", Average?.Values ?? new Dictionary<string, Tensor>()));

    private static IEnumerable<KeyValuePair<string, Tensor>> Prefixed(string prefix, IEnumerable<KeyValuePair<string, Tensor>> tensors) =>
        tensors.Select(t => KeyValuePair.Create($"{prefix}.{t.Key}", t.Value));
}
