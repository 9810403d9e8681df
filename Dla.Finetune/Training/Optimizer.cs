using static TorchSharp.torch;

namespace Dla.Finetune;

/// <summary>Changes weights by their gradients. Its state is named tensors, so that it can be saved and read back exactly.</summary>
internal abstract class Optimizer : IDisposable
{
    protected Optimizer(IReadOnlyList<TrainedParameter> parameters, DlaTrainingOptions options) => (Parameters, Options) = (parameters, options);

    protected IReadOnlyList<TrainedParameter> Parameters { get; }

    protected DlaTrainingOptions Options { get; }

    public static Optimizer Create(IReadOnlyList<TrainedParameter> parameters, DlaTrainingOptions options) => options.Optimizer switch
    {
        OptimizerKind.Sgd => new SgdOptimizer(parameters, options),
        OptimizerKind.AdamW => new AdamOptimizer(parameters, options, decoupled: true),
        OptimizerKind.Adam => new AdamOptimizer(parameters, options, decoupled: false),
        _ => throw new ArgumentException($"{options.Optimizer} is not an {nameof(OptimizerKind)}.", nameof(options)),
    };

    /// <summary>Changes every parameter that has a gradient.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="step">Number of the step, from 0.</param>
    public void Step(double rate, long step)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        for (var i = 0; i < Parameters.Count; i++)
        {
            var parameter = Parameters[i];
            if (parameter.Weights.grad is { } gradient)
                Update(i, parameter.Weights, gradient, parameter.Decays ? Options.WeightDecay : 0, rate * parameter.RateFactor, step);
        }
    }

    /// <summary>The state, by name.</summary>
    public abstract IEnumerable<KeyValuePair<string, Tensor>> State { get; }

    public void Dispose()
    {
        foreach (var (_, tensor) in State) tensor.Dispose();
    }

    protected abstract void Update(int index, Tensor weights, Tensor gradient, double decay, double rate, long step);

    protected Tensor[] Zeros() => [.. Parameters.Select(p => zeros_like(p.Weights).DetachFromDisposeScope())];

    protected IEnumerable<KeyValuePair<string, Tensor>> Named(string kind, Tensor[] tensors) =>
        Parameters.Zip(tensors, (p, t) => KeyValuePair.Create($"{kind}.{p.Name}", t));
}
