namespace Dla.Finetune.Tests;

public class BatchMixingTests
{
    private const int Size = 32, Images = 6;

    private static Batch Numbered() => new([.. Enumerable.Range(0, Images).SelectMany(i => Enumerable.Repeat((float)i, Size * Size * 3))],
        [.. Enumerable.Range(0, Images).Select(i => (long)i)], Size, Size, 3);

    private static float[] Image(Batch batch, int i) => batch.Values[(i * Size * Size * 3)..((i + 1) * Size * Size * 3)];

    [Fact]
    public void Mixup_adds_the_image_before_and_its_label_in_the_proportion()
    {
        var batch = BatchMixing.Mix(Numbered(), new DlaTrainingOptions { MixupAlpha = 0.4 }, 3, 5);
        Assert.Equal([5, 0, 1, 2, 3, 4], batch.OtherLabels!);
        Assert.InRange(batch.OwnPart, 0, 1);
        for (var i = 0; i < Images; i++)
            Assert.All(Image(batch, i), v => Assert.Equal(batch.OwnPart * i + (1 - batch.OwnPart) * ((i + Images - 1) % Images), v, 1e-5));
    }

    [Fact]
    public void CutMix_pastes_a_rectangle_of_the_image_before_and_counts_its_pixels()
    {
        for (var number = 0; number < 50; number++)
        {
            var batch = BatchMixing.Mix(Numbered(), new DlaTrainingOptions { CutMixAlpha = 1 }, 0, number);
            for (var i = 0; i < Images; i++)
            {
                var other = (i + Images - 1) % Images;
                var image = Image(batch, i);
                Assert.All(image, v => Assert.True(v == i || v == other));
                Assert.Equal(batch.OwnPart, image.Count(v => v == i) / (double)image.Length, 1e-9);
            }
        }
    }

    [Fact]
    public void What_is_mixed_depends_on_seed_epoch_and_step_alone_and_both_kinds_take_turns()
    {
        var options = new DlaTrainingOptions { MixupAlpha = 0.2, CutMixAlpha = 1 };
        Batch Mixed(int epoch, int number, ulong seed = 1) => BatchMixing.Mix(Numbered(), options with { Seed = seed }, epoch, number);
        Assert.Equal(Mixed(1, 2).Values, Mixed(1, 2).Values);
        Assert.NotEqual(Mixed(1, 2).Values, Mixed(1, 3).Values);
        Assert.NotEqual(Mixed(1, 2).Values, Mixed(2, 2).Values);
        Assert.NotEqual(Mixed(1, 2).Values, Mixed(1, 2, seed: 2).Values);
        Assert.InRange(Enumerable.Range(0, 200).Count(n => Mixed(0, n).Values.All(v => v == MathF.Round(v))), 70, 130);
        var plain = Numbered();
        Assert.Same(plain, BatchMixing.Mix(plain, new DlaTrainingOptions(), 0, 0));
    }

    /// <summary>Beta(α, α) has the mean 1/2 and the variance 1 / (4 (2α + 1)).</summary>
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.4)]
    [InlineData(1)]
    [InlineData(5)]
    public void Proportions_are_of_the_beta_distribution(double alpha)
    {
        var values = Enumerable.Range(0, 20_000).Select(i => Draw(alpha, i)).ToArray();
        var mean = values.Average();
        Assert.All(values, v => Assert.InRange(v, 0, 1));
        Assert.Equal(0.5, mean, 0.01);
        Assert.Equal(1 / (4 * (2 * alpha + 1)), values.Average(v => (v - mean) * (v - mean)), 0.004);
    }

    private static double Draw(double alpha, int index)
    {
        var random = new SampleRandom(1, 0, index);
        return RandomProportion.Beta(alpha, ref random);
    }
}
