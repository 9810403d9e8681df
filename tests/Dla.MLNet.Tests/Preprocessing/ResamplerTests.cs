namespace Dla.MLNet.Tests.Preprocessing;

public sealed class ResamplerTests
{
    private static byte[] Resample(VectorWidth vectors, byte[] source, int width, int height, int channels, ResizedWindow window, ImageInterpolation interpolation)
    {
        var resampler = new WindowResampler(vectors);
        resampler.Prepare(width, height, channels, window, interpolation);
        var length = window.Width * channels;
        var result = new byte[window.Height * length];
        for (var y = 0; y < window.Height; y++) resampler.ReadRow(source, width * channels, y, result.AsSpan(y * length, length));
        return result;
    }

    /// <summary>Sizes drawn so that small, long and large ones all occur: 2^0 … 2^9 pixels.</summary>
    private static int Side(Random random) => 1 + random.Next(1 << random.Next(10));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_vector_width_gives_the_bytes_of_plain_integers(int channels)
    {
        var random = new Random(channels);
        for (var i = 0; i < 300; i++)
        {
            var (width, height, resizedWidth, resizedHeight) = (Side(random), Side(random), Side(random), Side(random));
            var (left, top) = (random.Next(resizedWidth), random.Next(resizedHeight));
            var window = new ResizedWindow(resizedWidth, resizedHeight, left, top, 1 + random.Next(resizedWidth - left), 1 + random.Next(resizedHeight - top));
            var interpolation = (ImageInterpolation)random.Next(2);
            var source = new byte[width * height * channels];
            if (random.Next(3) > 0) random.NextBytes(source);
            else for (var p = 0; p < source.Length; p++) source[p] = (byte)(random.Next(2) * 255);   // overshoot of the cubic filter
            var expected = Resample(VectorWidth.Scalar, source, width, height, channels, window, interpolation);
            foreach (var vectors in (VectorWidth[])[VectorWidth.Bits128, VectorWidth.Bits256, VectorWidth.Bits512])
            {
                var actual = Resample(vectors, source, width, height, channels, window, interpolation);
                Assert.True(expected.AsSpan().SequenceEqual(actual), $"{vectors}: {width}×{height}×{channels} → {window}, {interpolation}");
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 500)]
    [InlineData(500, 1)]
    [InlineData(3, 2)]
    public void A_tiny_image_of_one_colour_keeps_it(int width, int height)
    {
        var source = new byte[width * height * 4];
        for (var p = 0; p < source.Length; p++) source[p] = (byte)(10 + 60 * (p % 4));
        foreach (var vectors in Enum.GetValues<VectorWidth>())
        {
            var result = Resample(vectors, source, width, height, 4, ResizedWindow.Centre(width, height, 256, 224), ImageInterpolation.Bicubic);
            Assert.All(result.Chunk(4), pixel => Assert.Equal([10, 70, 130, 190], pixel));
        }
    }

    [Fact]
    public void An_instance_gives_the_same_bytes_after_images_of_other_sizes()
    {
        var random = new Random(9);
        var reused = new WindowResampler(VectorWidths.Widest);
        foreach (var (width, height) in ((int, int)[])[(300, 200), (20, 30), (640, 17), (300, 200)])
        {
            var source = new byte[width * height * 4];
            random.NextBytes(source);
            var window = ResizedWindow.Centre(width, height, 64, 56);
            reused.Prepare(width, height, 4, window, ImageInterpolation.Bilinear);
            var row = new byte[56 * 4];
            var expected = Resample(VectorWidth.Scalar, source, width, height, 4, window, ImageInterpolation.Bilinear);
            for (var y = 0; y < 56; y++)
            {
                reused.ReadRow(source, width * 4, y, row);
                Assert.True(expected.AsSpan(y * row.Length, row.Length).SequenceEqual(row), $"row {y} of {width}×{height}");
            }
        }
    }

    [Fact]
    public void Resizing_takes_no_new_memory_after_the_first_image()
    {
        var source = new byte[500 * 375 * 4];
        var result = new byte[341 * 256 * 4];
        for (var i = 0; i < 3; i++) Resize();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++) Resize();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Resize() => ImageResampler.Resize(source, 500, 375, 4, result, 341, 256, ImageInterpolation.Bilinear);
    }
}
