using Dla.MLNet;

namespace Dla.Finetune.Tests;

public class AugmenterTests
{
    private static readonly ImagePreprocessing Preprocessing = new() { ResizeShortSide = 40, CropSize = 32 };

    private static RgbImage Noise(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        new Random(width * height).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    private static float[] Run(AugmentationOptions options, RgbImage image, int index = 0, ImagePreprocessing? preprocessing = null)
    {
        var augmenter = new Augmenter(options, preprocessing ?? Preprocessing);
        var pixels = new float[augmenter.Length];
        var random = new SampleRandom(1, 2, index);
        augmenter.Run(image.WriteTo, ref random, pixels);
        return pixels;
    }

    /// <summary>Without margin, training and scoring make the same pixels; with one, training resizes the piece and scoring the whole.</summary>
    [Theory]
    [InlineData(32, 32)]
    [InlineData(64, 64)]
    [InlineData(19, 19)]
    public void Without_variation_training_sees_what_scoring_sees(int width, int height)
    {
        var preprocessing = Preprocessing with { ResizeShortSide = 32 };
        var image = Noise(width, height);
        var planes = new byte[image.Pixels.Length];
        for (var i = 0; i < planes.Length; i++) planes[i % 3 * width * height + i / 3] = image.Pixels.Span[i];
        var expected = new float[3 * 32 * 32];
        new ImagePreprocessor(preprocessing).Run(Bitmap.Encode(planes, width, height), expected);
        var actual = Run(AugmentationOptions.None, image, preprocessing: preprocessing);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i % 1024 * 3 + i / 1024]);
    }

    [Theory]
    [InlineData(CropMode.Centre)]
    [InlineData(CropMode.PadAndCrop)]
    [InlineData(CropMode.RandomResized)]
    public void A_crop_is_the_box_of_the_whole_picture_with_its_border_resized(CropMode mode)
    {
        const int Width = 50, Height = 37;
        var image = Noise(Width, Height);
        var options = AugmentationOptions.None with { Crop = mode, Padding = 0.25 };
        for (var index = 0; index < 30; index++)
        {
            var random = new SampleRandom(1, 2, index);
            var center = CropBox.Centre(Width, Height, Preprocessing);
            var border = mode == CropMode.PadAndCrop ? (int)Math.Round(0.25 * center.Width) : 0;
            var box = mode switch
            {
                CropMode.Centre => center,
                CropMode.PadAndCrop => center.Moved(border, ref random),
                _ => CropBox.RandomResized(Width, Height, options.MinArea, ref random),
            };
            var (wide, high) = (Width + 2 * border, Height + 2 * border);
            var padded = new byte[wide * high * 3];
            for (var y = 0; y < Height; y++)
                image.Pixels.Span.Slice(y * Width * 3, Width * 3).CopyTo(padded.AsSpan(((y + border) * wide + border) * 3));
            var bytes = new byte[32 * 32 * 3];
            ImageResampler.ResizeBox(padded, wide, high, 3, box.Left + border, box.Top + border, box.Width, box.Height, bytes, 32, 32,
                Preprocessing.Interpolation);
            var expected = bytes.Select((v, i) => (v / 255f - Preprocessing.Mean[i % 3]) / Preprocessing.Std[i % 3]);
            Assert.Equal(expected, Run(options, image, index));
        }
    }

    [Fact]
    public void A_flip_mirrors_each_row()
    {
        var image = Noise(40, 40);
        var plain = Run(AugmentationOptions.None, image);
        var flipped = Run(AugmentationOptions.None with { FlipProbability = 1 }, image);
        for (var y = 0; y < 32; y++)
            for (var x = 0; x < 32; x++)
                for (var c = 0; c < 3; c++) Assert.Equal(plain[(y * 32 + x) * 3 + c], flipped[(y * 32 + 31 - x) * 3 + c]);
    }

    [Fact]
    public void Pad_and_crop_moves_a_small_image_by_up_to_four_pixels_over_black()
    {
        var image = new RgbImage(32, 32, Enumerable.Repeat((byte)255, 3072).ToArray());
        var preprocessing = Preprocessing with { ResizeShortSide = 32 };
        float black = (0 - 0.485f) / 0.229f;
        var moved = new HashSet<(int, int)>();
        for (var index = 0; index < 600; index++)
        {
            var pixels = Run(new AugmentationOptions { FlipProbability = 0 }, image, index, preprocessing);
            bool Black(int x, int y) => pixels[(y * 32 + x) * 3] == black;
            int left = Enumerable.Range(0, 32).TakeWhile(x => Black(x, 16)).Count(), right = Enumerable.Range(0, 32).TakeWhile(x => Black(31 - x, 16)).Count();
            int top = Enumerable.Range(0, 32).TakeWhile(y => Black(16, y)).Count(), bottom = Enumerable.Range(0, 32).TakeWhile(y => Black(16, 31 - y)).Count();
            Assert.True(left == 0 || right == 0);
            moved.Add((left - right, top - bottom));
        }
        Assert.Equal(81, moved.Count);
        Assert.Equal((-4, 4), (moved.Min(m => m.Item1), moved.Max(m => m.Item2)));
    }

    [Theory]
    [InlineData(500, 375)]
    [InlineData(1, 1)]
    [InlineData(3, 400)]
    [InlineData(400, 3)]
    public void A_random_resized_crop_lies_within_the_image_and_has_the_area_asked_for(int width, int height)
    {
        var image = Noise(width, height);
        var areas = new List<double>();
        for (var index = 0; index < 500; index++)
        {
            var random = new SampleRandom(1, 0, index);
            var box = CropBox.RandomResized(width, height, 0.25, ref random);
            Assert.True(box is { Left: >= 0, Top: >= 0, Width: > 0, Height: > 0 } && box.Left + box.Width <= width && box.Top + box.Height <= height,
                box.ToString());
            areas.Add((double)box.Width * box.Height / (width * height));
        }
        if (width == 500) Assert.True(areas.Min() is > 0.24 and < 0.3 && areas.Max() > 0.9, $"{areas.Min()} to {areas.Max()}");
        Assert.All(Run(new AugmentationOptions { Crop = CropMode.RandomResized }, image), v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void Random_numbers_are_uniform_and_depend_on_seed_epoch_and_image()
    {
        var first = new HashSet<ulong>();
        for (ulong seed = 0; seed < 10; seed++)
            for (var epoch = 0; epoch < 10; epoch++)
                for (var index = -1; index < 100; index++) first.Add(new SampleRandom(seed, epoch, index).Next());
        Assert.Equal(10 * 10 * 101, first.Count);
        var random = new SampleRandom(1, 0, 0);
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++) counts[random.Below(7)]++;
        Assert.All(counts, c => Assert.InRange(c, 9_600, 10_400));
        Assert.Equal(0.5, Enumerable.Range(0, 10_000).Average(_ => random.NextDouble()), 0.02);
    }
}
