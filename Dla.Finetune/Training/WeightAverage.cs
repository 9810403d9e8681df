using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>Exponential moving average of a network's weights and running statistics (Polyak averaging), in float32.</summary>
/// <remarks>In the first steps it follows faster, (1 + step) / (10 + step), so that the random start is soon forgotten.</remarks>
internal sealed class WeightAverage : IDisposable
{
    private readonly double _decay;
    private readonly Dictionary<string, Tensor> _average;

    public WeightAverage(IReadOnlyDictionary<string, Tensor> values, double decay)
    {
        _decay = decay;
        _average = values.ToDictionary(v => v.Key, v => v.Value.detach().clone().DetachFromDisposeScope());
    }

    public IReadOnlyDictionary<string, Tensor> Values => _average;

    /// <summary>Moves the average towards the values after a step.</summary>
    public void Update(IReadOnlyDictionary<string, Tensor> values, long step)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        var part = 1 - Math.Min(_decay, (1.0 + step) / (10.0 + step));
        foreach (var (name, value) in values)
        {
            if (value.is_floating_point()) _average[name].lerp_(value, part);
            else _average[name].copy_(value);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _average.Values) tensor.Dispose();
    }
}
