namespace Dla.Finetune.Tests;

public class RandomErasingTests
{
    [Fact]
    public void A_rectangle_of_2_to_33_percent_becomes_the_mean_colour_and_the_rest_stays()
    {
        const int size = 64;
        var areas = new List<double>();
        for (var index = 0; index < 300; index++)
        {
            var pixels = Enumerable.Repeat(1f, size * size * 3).ToArray();
            var random = new SampleRandom(1, 0, index);
            RandomErasing.Run(pixels, size, ref random);
            var erased = Enumerable.Range(0, size * size).Where(i => pixels[3 * i] == 0).ToArray();
            var (width, height) = (erased.Select(i => i % size).Distinct().Count(), erased.Select(i => i / size).Distinct().Count());
            Assert.Equal(width * height, erased.Length);
            Assert.Equal(erased.Length * 3, pixels.Count(v => v == 0));
            areas.Add((double)erased.Length / (size * size));
        }
        Assert.True(areas.Min() is > 0.01 and < 0.05 && areas.Max() is > 0.28 and < 0.36, $"{areas.Min()} to {areas.Max()}");
    }

    [Fact]
    public void Its_probability_is_that_of_the_options_and_other_variations_stay_as_they_were()
    {
        var image = new Dla.MLNet.RgbImage(32, 32, Enumerable.Repeat((byte)200, 3072).ToArray());
        var (plain, erasing) = (new Augmenter(new AugmentationOptions(), TinyImages.Preprocessing),
            new Augmenter(new AugmentationOptions { ErasingProbability = 0.25 }, TinyImages.Preprocessing));
        var changed = 0;
        for (var index = 0; index < 2000; index++)
        {
            var (a, b) = (new float[plain.Length], new float[plain.Length]);
            var (first, second) = (new SampleRandom(1, 0, index), new SampleRandom(1, 0, index));
            plain.Run(image.WriteTo, ref first, a);
            erasing.Run(image.WriteTo, ref second, b);
            for (var i = 0; i < a.Length; i++) Assert.True(b[i] == a[i] || b[i] == 0);
            if (!a.AsSpan().SequenceEqual(b)) changed++;
        }
        Assert.InRange(changed / 2000.0, 0.21, 0.29);
    }

    [Fact]
    public void With_a_policy_the_image_is_mirrored_first_and_then_changed()
    {
        var pixels = new byte[3072];
        new Random(1).NextBytes(pixels);
        var image = new Dla.MLNet.RgbImage(32, 32, pixels);
        var options = AugmentationOptions.None with { Policy = AugmentationPolicy.RandAugment, Operations = 1, Magnitude = 0 };
        var augmenter = new Augmenter(options with { FlipProbability = 1 }, TinyImages.Preprocessing);
        var plain = new Augmenter(AugmentationOptions.None with { FlipProbability = 1 }, TinyImages.Preprocessing);
        var same = 0;
        for (var index = 0; index < 50; index++)
        {
            var (a, b) = (new float[plain.Length], new float[plain.Length]);
            var (first, second) = (new SampleRandom(1, 0, index), new SampleRandom(1, 0, index));
            augmenter.Run(image.WriteTo, ref first, a);
            plain.Run(image.WriteTo, ref second, b);
            if (a.AsSpan().SequenceEqual(b)) same++;
        }
        Assert.InRange(same, 30, 50);   // noise has full contrast already: only Equalize changes it
    }
}
