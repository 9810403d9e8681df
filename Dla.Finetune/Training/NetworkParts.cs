using Dla.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>A network as the sequence of its parts, from the stem to the head: what is frozen, and how fast each part learns.</summary>
internal sealed class NetworkParts
{
    private readonly DlaNetwork _network;
    private readonly DlaTrainingOptions _options;
    private readonly nn.Module[] _parts;

    public NetworkParts(DlaNetwork network, DlaTrainingOptions options)
    {
        (_network, _options) = (network, options);
        _parts = [network.Stem, network.Level0, network.Level1, network.Level2, network.Level3, network.Level4, network.Level5, network.Head!];
    }

    private IEnumerable<nn.Module> Frozen => _parts.Take((int)_options.Freeze);

    /// <summary>The parameters that are trained, each with its weight decay and its part of the learning rate.</summary>
    public IReadOnlyList<TrainedParameter> Trained()
    {
        var decaying = _network.modules().OfType<Conv2d>().Select(c => c.weight.Handle).ToHashSet();
        var rates = new Dictionary<IntPtr, double>();
        for (var i = (int)_options.Freeze; i < _parts.Length; i++)
            foreach (var parameter in _parts[i].parameters()) rates[parameter.Handle] = Math.Pow(_options.LayerDecay, _parts.Length - 1 - i);
        return [.. _network.named_parameters().Where(p => rates.ContainsKey(p.parameter.Handle))
            .Select(p => new TrainedParameter(p.name, p.parameter, decaying.Contains(p.parameter.Handle), rates[p.parameter.Handle]))];
    }

    /// <summary>Lets no gradient flow into what is frozen.</summary>
    public void Freeze() => RequireGradients(false);

    /// <summary>Undoes <see cref="Freeze"/>.</summary>
    public void Thaw() => RequireGradients(true);

    /// <summary>Puts the network into training mode; what is frozen, and on request every batch norm, keeps its running statistics.</summary>
    public void Train()
    {
        _network.train();
        foreach (var part in Frozen) part.eval();
        if (!_options.FreezeNorms) return;
        foreach (var norm in _network.modules().OfType<BatchNorm2d>()) norm.eval();
    }

    private void RequireGradients(bool required)
    {
        foreach (var part in Frozen)
            foreach (var parameter in part.parameters()) parameter.requires_grad = required;
    }
}
