using Dla.Models;
using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>
/// Adam as PyTorch computes it, with its defaults β = (0.9, 0.999) and ε = 1e-8; weight decay is added to the gradient, or applied to the weights
/// (AdamW).
/// </summary>
internal sealed class AdamOptimizer : Optimizer
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    private readonly bool _decoupled;
    private readonly Tensor[] _mean, _square;

    /// <param name="parameters">What is trained.</param>
    /// <param name="options">The weight decay.</param>
    /// <param name="decoupled">Whether weight decay is applied to the weights.</param>
    public AdamOptimizer(IReadOnlyList<TrainedParameter> parameters, DlaTrainingOptions options, bool decoupled) : base(parameters, options) =>
        (_decoupled, _mean, _square) = (decoupled, Zeros(), Zeros());

    public override IEnumerable<KeyValuePair<string, Tensor>> State => Named("mean", _mean).Concat(Named("square", _square));

    protected override void Update(int index, Tensor weights, Tensor gradient, double decay, double rate, long step)
    {
        if (decay != 0 && _decoupled) weights.MultiplyInPlace(1 - rate * decay);
        if (decay != 0 && !_decoupled) gradient = gradient.Plus(weights, decay);
        _mean[index].MultiplyInPlace(Beta1).AddInPlace(gradient, 1 - Beta1);
        _square[index].MultiplyInPlace(Beta2).AddProductInPlace(gradient, gradient, 1 - Beta2);
        var (correction1, correction2) = (1 - Math.Pow(Beta1, step + 1), 1 - Math.Pow(Beta2, step + 1));
        var deviation = _square[index].sqrt().DivideInPlace(Math.Sqrt(correction2)).AddInPlace(Epsilon);
        weights.AddQuotientInPlace(_mean[index], deviation, -rate / correction1);
    }
}
