using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>Adam with decoupled weight decay, as PyTorch computes it, with its defaults β = (0.9, 0.999) and ε = 1e-8.</summary>
internal sealed class AdamWOptimizer : Optimizer
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    private readonly Tensor[] _mean, _square;

    public AdamWOptimizer(IReadOnlyList<TrainedParameter> parameters, DlaTrainingOptions options) : base(parameters, options) =>
        (_mean, _square) = (Zeros(), Zeros());

    public override IEnumerable<KeyValuePair<string, Tensor>> State => Named("mean", _mean).Concat(Named("square", _square));

    protected override void Update(int index, Tensor weights, Tensor gradient, double decay, double rate, long step)
    {
        if (decay != 0) weights.mul_(1 - rate * decay);
        _mean[index].mul_(Beta1).add_(gradient, alpha: 1 - Beta1);
        _square[index].mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
        var (correction1, correction2) = (1 - Math.Pow(Beta1, step + 1), 1 - Math.Pow(Beta2, step + 1));
        var deviation = _square[index].sqrt().div_(Math.Sqrt(correction2)).add_(Epsilon);
        weights.addcdiv_(_mean[index], deviation, -rate / correction1);
    }
}
