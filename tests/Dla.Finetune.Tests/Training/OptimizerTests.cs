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
    public void Each_parameter_moves_by_its_own_rate()
    {
        using var scope = NewDisposeScope();
        using var whole = new Parameter(ones(2));
        using var quarter = new Parameter(ones(2));
        var options = new DlaTrainingOptions { Optimizer = OptimizerKind.Sgd, Momentum = 0, WeightDecay = 0 };
        TrainedParameter[] parameters = [new("a", whole, Decays: true), new("b", quarter, Decays: true) { RateFactor = 0.25 }];
        using var optimizer = Optimizer.Create(parameters, options);
        (whole.sum() + quarter.sum()).backward();   // gradients of 1
        optimizer.Step(0.1, 0);
        Assert.Equal((0.9f, 0.975f), (whole[0].item<float>(), quarter[0].item<float>()));
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Adam)]
    public void What_does_not_decay_stays_without_a_gradient_and_what_does_shrinks(OptimizerKind kind)
    {
        using var scope = NewDisposeScope();
        using var norm = new Parameter(ones(2));
        using var convolution = new Parameter(ones(2));
        TrainedParameter[] parameters = [new("norm", norm, Decays: false), new("convolution", convolution, Decays: true)];
        using var optimizer = Optimizer.Create(parameters, new DlaTrainingOptions { Optimizer = kind, WeightDecay = 0.5 });
        ((norm.sum() + convolution.sum()) * 0).backward();
        optimizer.Step(0.1, 0);
        Assert.Equal(1f, norm[0].item<float>());
        Assert.InRange(convolution[0].item<float>(), 0.5f, 0.96f);
    }

    [Fact]
    public void A_clipped_step_is_as_long_as_the_rate_and_the_limit_say()
    {
        using var network = TinyImages.Network(4);
        Tensor Weights() => cat([.. network.named_parameters().Select(p => p.parameter.detach().flatten())]);
        using var before = Weights();
        DlaTrainer.Train(network, new TinyImages(64, 4), null, TinyImages.Preprocessing, new DlaTrainingOptions
        {
            Epochs = 1, BatchSize = 64, Threads = 1, Optimizer = OptimizerKind.Sgd, Momentum = 0, WeightDecay = 0, LearningRate = 1, WarmupFraction = 0,
            Schedule = LearningRateSchedule.Constant, Precision = TrainingPrecision.Float32, ClipGradientNorm = 0.01,
        });
        using var after = Weights();
        Assert.Equal(0.01, (after - before).norm().item<float>(), 1e-4);
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
