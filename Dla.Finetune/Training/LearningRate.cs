namespace Dla.Finetune;

/// <summary>The learning rate as a function of the step, without state, so that a resumed run goes on with it.</summary>
/// <param name="Schedule">Its shape.</param>
/// <param name="Peak">The highest rate.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="WarmupSteps">Steps until the peak.</param>
internal sealed record LearningRate(LearningRateSchedule Schedule, double Peak, long Steps, long WarmupSteps)
{
    private const double OneCycleStart = 1.0 / 25, OneCycleEnd = OneCycleStart / 1e4;

    /// <summary>The rate of a step, counted from 0.</summary>
    public double At(long step)
    {
        if (step < WarmupSteps)
        {
            return Schedule == LearningRateSchedule.OneCycle
                ? Peak * Cosine(OneCycleStart, 1, (double)step / WarmupSteps)
                : Peak * (step + 1) / WarmupSteps;
        }
        var done = Math.Clamp((double)(step - WarmupSteps) / Math.Max(1, Steps - 1 - WarmupSteps), 0, 1);
        return Schedule switch
        {
            LearningRateSchedule.OneCycle => Peak * Cosine(1, OneCycleEnd, done),
            LearningRateSchedule.Cosine => Peak * Cosine(1, 0, done),
            LearningRateSchedule.Step => Peak * (2 * step < Steps ? 1 : 4 * step < 3 * Steps ? 0.1 : 0.01),
            LearningRateSchedule.Constant => Peak,
            _ => throw new ArgumentException($"{Schedule} is not a {nameof(LearningRateSchedule)}."),
        };
    }

    private static double Cosine(double from, double to, double done) => to + (from - to) * (1 + Math.Cos(Math.PI * done)) / 2;
}
