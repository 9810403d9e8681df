using FsCheck;
using FsCheck.Fluent;

namespace Dla.MLNet.Tests.Preprocessing;

public sealed class ResamplerTests
{
    private static byte[] Resample(VectorWidth vectors, byte[] source, int width, int height, int channels, ResizedWindow window,
        ImageInterpolation interpolation)
    {
        var resampler = new WindowResampler(vectors);
        resampler.Prepare(width, height, channels, window, interpolation);
        var length = window.Width * channels;
        var result = new byte[window.Height * length];
        for (var y = 0; y < window.Height; y++) resampler.ReadRow(source, width * channels, y, result.AsSpan(y * length, length));
        return result;
    }

    /// <summary>An image, the piece of its resized self that is wanted, and the filter.</summary>
    private sealed record Resizing(int Width, int Height, ResizedWindow Window, ImageInterpolation Interpolation, int Seed, bool Extremes)
    {
        public byte[] Source(int channels)
        {
            var source = new byte[Width * Height * channels];
            var random = new Random(Seed);
            random.NextBytes(source);
            if (Extremes) foreach (ref var value in source.AsSpan()) value = (byte)(value < 128 ? 0 : 255);   // overshoot of the cubic filter
            return source;
        }
    }

    /// <summary>Sides so that small, long and large ones all occur: of 2^0 … 2^9 pixels.</summary>
    private static readonly Gen<int> Side = from bits in Gen.Choose(0, 9) from side in Gen.Choose(1, 1 << bits) select side;

    private static Gen<Resizing> Resizings() =>
        from width in Side
        from height in Side
        from resizedWidth in Side
        from resizedHeight in Side
        from left in Gen.Choose(0, resizedWidth - 1)
        from top in Gen.Choose(0, resizedHeight - 1)
        from windowWidth in Gen.Choose(1, resizedWidth - left)
        from windowHeight in Gen.Choose(1, resizedHeight - top)
        from interpolation in Gen.Elements(Enum.GetValues<ImageInterpolation>())
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from extremes in Gen.Elements(false, false, true)
        select new Resizing(width, height, new ResizedWindow(resizedWidth, resizedHeight, left, top, windowWidth, windowHeight), interpolation, seed, extremes);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_vector_width_gives_the_bytes_of_plain_integers(int channels) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Resizings().ToArbitrary(), resizing =>
        {
            var source = resizing.Source(channels);
            byte[] Bytes(VectorWidth vectors) => Resample(vectors, source, resizing.Width, resizing.Height, channels, resizing.Window, resizing.Interpolation);
            var expected = Bytes(VectorWidth.Scalar);
            return Enum.GetValues<VectorWidth>().All(vectors => expected.AsSpan().SequenceEqual(Bytes(vectors)));
        }));

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
