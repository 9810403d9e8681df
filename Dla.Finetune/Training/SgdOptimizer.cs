using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>Stochastic gradient descent with Nesterov momentum, as PyTorch computes it.</summary>
internal sealed class SgdOptimizer : Optimizer
{
    private readonly Tensor[] _momentum;

    public SgdOptimizer(IReadOnlyList<TrainedParameter> parameters, DlaTrainingOptions options) : base(parameters, options) => _momentum = Zeros();

    public override IEnumerable<KeyValuePair<string, Tensor>> State => Named("momentum", _momentum);

    protected override void Update(int index, Tensor weights, Tensor gradient, double decay, double rate, long step)
    {
        if (decay != 0) gradient = gradient.Plus(weights, decay);
        _momentum[index].MultiplyInPlace(Options.Momentum).AddInPlace(gradient);
        weights.AddInPlace(gradient, -rate).AddInPlace(_momentum[index], -rate * Options.Momentum);
    }
}
