using static TorchSharp.torch;

namespace Dla.Finetune.Tests;

[Collection("torch")]
public class BatchGradientTests
{
    private static readonly ImageDataset Data = new TinyImages(64, 4) { Labels = i => i % 8 < 5 ? 0 : i % 8 - 4 };   // 40 of class 0, 8 of each other

    private static Batch Batch(double own = 1)
    {
        var values = new float[16 * 32 * 32 * 3];
        var random = new Random(3);
        for (var i = 0; i < values.Length; i++) values[i] = (float)(2 * random.NextDouble() - 1);
        long[] labels = [.. Enumerable.Range(0, 16).Select(i => (long)Data.Label(i))];
        return new Batch(values, labels, 32, 32, 3) { OwnPart = own, OtherLabels = own < 1 ? [.. labels.Reverse()] : null };
    }

    /// <summary>The loss, recounted in float64 from logits, and the gradients of all weights.</summary>
    private static (float Loss, double Recount, Dictionary<string, float[]> Gradients) Run(DlaTrainingOptions options, Batch batch)
    {
        using var network = TinyImages.Network(4);
        network.eval();   // batch norms by their running statistics: a batch in parts is then the same as a whole one
        using var gradient = new BatchGradient(network, Data, options);
        using var scope = NewDisposeScope();
        var (loss, correct) = gradient.Add(batch, TrainingPrecision.Float32);
        var logits = network.forward(batch.ToTensor()).to(ScalarType.Float64);
        Assert.InRange(correct, 0, batch.Count);
        var gradients = network.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad!.contiguous().data<float>().ToArray());
        return (loss, Recount(logits.log_softmax(1).contiguous().data<double>().ToArray(), batch, options), gradients);
    }

    private static double Recount(double[] logProbabilities, Batch batch, DlaTrainingOptions options)
    {
        double[] weights = options.BalancedClassWeights ? [64 / 4.0 / 40, 2, 2, 2]
            : [.. Data.ClassNames.Select(n => options.ClassWeights?.GetValueOrDefault(n, 1) ?? 1)];
        double sum = 0, total = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            var target = new double[4];
            target[batch.Labels[i]] += batch.OwnPart;
            if (batch.OtherLabels is { } others) target[others[i]] += 1 - batch.OwnPart;
            for (var c = 0; c < 4; c++)
            {
                total += weights[c] * target[c];
                sum -= weights[c] * (target[c] * (1 - options.LabelSmoothing) + options.LabelSmoothing / 4) * logProbabilities[4 * i + c];
            }
        }
        return sum / total;
    }

    [Fact]
    public void The_loss_is_cross_entropy_with_soft_targets_and_class_weights()
    {
        var weights = new Dictionary<string, double> { ["class_1"] = 3, ["class_3"] = 0.5 };
        foreach (var options in (DlaTrainingOptions[])[new(), new() { LabelSmoothing = 0 }, new() { BalancedClassWeights = true },
            new() { ClassWeights = weights }])
            foreach (var own in (double[])[1, 0.7, 0.2])
                foreach (var parts in (int[])[1, 3])
                {
                    var (loss, recount, _) = Run(options with { AccumulationSteps = parts }, Batch(own));
                    Assert.Equal(recount, loss, 1e-5);
                }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void A_batch_in_parts_has_the_gradients_of_the_whole(int parts)
    {
        foreach (var options in (DlaTrainingOptions[])[new(), new() { BalancedClassWeights = true }])
        {
            var (whole, inParts) = (Run(options, Batch(0.6)).Gradients, Run(options with { AccumulationSteps = parts }, Batch(0.6)).Gradients);
            foreach (var (name, values) in whole)
            {
                var largest = values.Max(Math.Abs);
                for (var i = 0; i < values.Length; i++)
                    Assert.True(Math.Abs(values[i] - inParts[name][i]) <= 1e-4 * largest + 1e-7, $"{name}[{i}]: {values[i]} and {inParts[name][i]}");
            }
        }
    }

    [Fact]
    public void A_weight_for_a_class_that_the_data_does_not_have_is_refused()
    {
        using var network = TinyImages.Network(4);
        var message = Assert.Throws<ArgumentException>(() =>
            new BatchGradient(network, Data, new DlaTrainingOptions { ClassWeights = new Dictionary<string, double> { ["emu"] = 2 } })).Message;
        Assert.Contains("'emu'", message, StringComparison.Ordinal);
        Assert.Contains("class_0", message, StringComparison.Ordinal);
    }
}
