namespace Dla.Finetune;

/// <summary>Tells a recipe in a sentence.</summary>
internal static class RecipeDescription
{
    public static string Of(DlaTrainingOptions o)
    {
        var optimizer = o.Optimizer == OptimizerKind.Sgd ? FormattableString.Invariant($"SGD with Nesterov momentum {o.Momentum}") : o.Optimizer.ToString();
        var precision = ProcessorPrecision.Resolve(o) == TrainingPrecision.BFloat16 ? "bfloat16 with float32 weights" : "float32";
        return FormattableString.Invariant($"{optimizer}, {o.Schedule} to {o.LearningRate}, batch {o.BatchSize}, ")
            + FormattableString.Invariant($"weight decay {o.WeightDecay} on convolutions, label smoothing {o.LabelSmoothing}, {Variation(o)}")
            + If(o.MixupAlpha > 0, $", mixup {o.MixupAlpha}") + If(o.CutMixAlpha > 0, $", CutMix {o.CutMixAlpha}")
            + If(o.ClassWeights is not null, $", classes weighted") + If(o.BalancedClassWeights, $", classes weighted by their rarity")
            + If(o.BalancedSampling, $", classes sampled equally")
            + If(o.AccumulationSteps > 1, $", in {o.AccumulationSteps} parts")
            + If(o.EmaDecay > 0, $", EMA {o.EmaDecay}") + If(o.ClipGradientNorm > 0, $", gradients clipped to {o.ClipGradientNorm}")
            + If(o.SmallSize is not null, $", from {o.SmallSize} pixels in the first {o.SmallFraction:p0} of the epochs")
            + If(o.Dropout > 0, $", dropout {o.Dropout}")
            + If(o.Freeze != FrozenPart.None, $", frozen up to {o.Freeze}") + If(o.FreezeNorms, $", norms frozen")
            + If(o.LayerDecay < 1, $", layer decay {o.LayerDecay}")
            + FormattableString.Invariant($", {precision}, seed {o.Seed}");
    }

    private static string Variation(DlaTrainingOptions o) => o.UsesEmbeddings
        ? "embeddings computed once" + (o.Augmentation.FlipProbability > 0 ? " of images and their mirror images" : "")
        : o.Augmentation.Describe();

    private static string If(bool holds, FormattableString text) => holds ? FormattableString.Invariant(text) : "";
}
