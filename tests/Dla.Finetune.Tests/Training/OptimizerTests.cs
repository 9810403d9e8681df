using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dla.Finetune.Tests;

[Collection("torch")]
public class OptimizerTests
{
    [Theory]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Adam)]
    public void Five_steps_equal_PyTorchs(OptimizerKind kind)
    {
        using var scope = NewDisposeScope();
        using var ours = new Parameter(randn(4, 3));
        using var theirs = new Parameter(ours.detach().clone());
        var options = new DlaTrainingOptions { Optimizer = kind, WeightDecay = 0.02, Momentum = 0.8 };
        using var optimizer = Optimizer.Create([new TrainedParameter("w", ours, Decays: true)], options);
        optim.Optimizer reference = kind switch
        {
            OptimizerKind.Sgd => optim.SGD([theirs], 0.1, 0.8, 0, 0.02, nesterov: true),
            OptimizerKind.Adam => optim.Adam([theirs], 0.1, 0.9, 0.999, 1e-8, 0.02),
            _ => optim.AdamW([theirs], 0.1, 0.9, 0.999, 1e-8, 0.02),
        };
        for (var step = 0; step < 5; step++)
        {
            foreach (var p in (Parameter[])[ours, theirs])
            {
                p.grad?.zero_();
                (p.pow(2) * (step + 1)).sum().backward();
            }
            optimizer.Step(0.1, step);
            reference.step();
            Assert.True((ours - theirs).abs().max().item<float>() < 1e-6, $"step {step}");
        }
    }

    [Fact]
    public void Only_convolutions_decay()
    {
        using var network = TinyImages.Network(4);
        using var state = new TrainingState(network, new DlaTrainingOptions());
        Assert.Equal(network.named_parameters().Count(), state.Parameters.Count);
        Assert.All(state.Parameters, p => Assert.Equal(p.Weights.dim() == 4, p.Decays));
        Assert.Contains(state.Parameters, p => p is { Name: "fc.bias", Decays: false });
        Assert.Contains(state.Parameters, p => p is { Name: "fc.weight", Decays: true });
    }

    [Fact]
    public void The_average_follows_fast_at_first_and_then_by_its_decay()
    {
        using var scope = NewDisposeScope();
        var values = new Dictionary<string, Tensor> { ["w"] = zeros(2), ["n"] = zeros(1, ScalarType.Int64) };
        using var average = new WeightAverage(values, 0.99);
        values["w"].fill_(1);
        values["n"].fill_(3);
        average.Update(values, 0);
        Assert.Equal(0.9f, average.Values["w"][0].item<float>(), 1e-6f);      // 1 - 1/10
        Assert.Equal(3, average.Values["n"].item<long>());
        average.Update(values, 1_000_000);
        Assert.Equal(0.901f, average.Values["w"][0].item<float>(), 1e-6f);    // 0.9 + 0.01 · 0.1
    }
}
