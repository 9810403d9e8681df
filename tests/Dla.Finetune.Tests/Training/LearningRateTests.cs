namespace Dla.Finetune.Tests;

public class LearningRateTests
{
    /// <summary>PyTorch 1.13: OneCycleLR(max_lr=0.2, total_steps=100, pct_start=0.3), whose peak is at step 0.3 · 100 − 1.</summary>
    [Fact]
    public void One_cycle_is_PyTorchs()
    {
        var rate = new LearningRate(LearningRateSchedule.OneCycle, 0.2, 100, 29);
        Assert.Equal(0.008, rate.At(0), 1e-12);
        Assert.Equal(0.2, rate.At(29), 1e-12);
        Assert.Equal(8e-7, rate.At(99), 1e-12);
        Assert.Equal(0.2 - (0.2 - 8e-7) / 2, rate.At(64), 1e-9);                 // half of the way down
        Assert.Equal(0.008 + 0.192 * (1 - Math.Cos(Math.PI * 10 / 29)) / 2, rate.At(10), 1e-12);
    }

    [Fact]
    public void The_others_warm_up_linearly_and_end_as_their_names_say()
    {
        Assert.Equal(0.05, new LearningRate(LearningRateSchedule.Cosine, 0.2, 100, 4).At(0), 1e-12);
        Assert.Equal(0.2, new LearningRate(LearningRateSchedule.Cosine, 0.2, 100, 4).At(4), 1e-12);
        Assert.Equal(0, new LearningRate(LearningRateSchedule.Cosine, 0.2, 100, 4).At(99), 1e-12);
        var step = new LearningRate(LearningRateSchedule.Step, 1, 100, 0);
        Assert.Equal([1, 0.1, 0.1, 0.01], new long[] { 49, 50, 74, 75 }.Select(step.At));
        Assert.Equal(0.3, new LearningRate(LearningRateSchedule.Constant, 0.3, 10, 0).At(9));
    }

    [Theory]
    [InlineData(LearningRateSchedule.OneCycle)]
    [InlineData(LearningRateSchedule.Cosine)]
    [InlineData(LearningRateSchedule.Step)]
    [InlineData(LearningRateSchedule.Constant)]
    public void A_run_of_one_step_has_a_rate(LearningRateSchedule schedule) =>
        Assert.InRange(new LearningRate(schedule, 0.2, 1, 0).At(0), 0, 0.2);
}
