using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;

namespace Dla.MLNet.Tests.Preprocessing;

public sealed class CropSinkTests
{
    /// <summary>A stored image and what is done to it.</summary>
    private sealed record Case(
        int Width, int Height, int Orientation, ImagePreprocessing Preprocessing, int Seed, bool Extremes)
    {
        public uint[] Stored()
        {
            var random = new Random(Seed);
            var bytes = new byte[Width * Height * 3];
            random.NextBytes(bytes);
            // Extremes make the cubic filter overshoot.
            if (Extremes) foreach (ref var value in bytes.AsSpan()) value = (byte)(value < 128 ? 0 : 255);
            return [.. bytes.Chunk(3).Select(p => DecodedImage.Color(p[0], p[1], p[2]))];
        }
    }

    /// <summary>Sides so that small, long and large ones all occur: of 2^0 … 2^9 pixels.</summary>
    private static readonly Gen<int> Side =
        from bits in Gen.Choose(0, 9)
        from side in Gen.Choose(1, 1 << bits)
        select side;

    private static readonly Gen<Case> Cases =
        from width in Side
        from height in Side
        from orientation in Gen.Choose(0, 9)
        from resized in Gen.OneOf(Gen.Choose(1, 8), Gen.Choose(1, 60))
        from crop in Gen.Choose(1, resized)
        from interpolation in Gen.Elements(Enum.GetValues<ImageInterpolation>())
        from gray in Gen.Elements(false, false, true)
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from extremes in Gen.Elements(false, false, true)
        let color = new ImagePreprocessing { ResizeShortSide = resized, CropSize = crop, Interpolation = interpolation }
        let preprocessing = gray ? color with { Mean = [0.5f], Std = [0.5f] } : color
        select new Case(width, height, orientation, preprocessing, seed, extremes);

    [Fact]
    public void A_crop_made_row_by_row_is_that_of_the_whole_upright_picture_resized_first() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1500), Prop.ForAll(Cases.ToArbitrary(), c =>
        {
            var stored = c.Stored();
            var expected = Whole(c, stored);
            return Enum.GetValues<VectorWidth>()
                .All(vectors => expected.AsSpan().SequenceEqual(Streamed(new CropSink(vectors), c, stored)));
        }));

    [Fact]
    public void A_box_resized_row_by_row_is_the_box_cut_out_of_the_whole_picture_and_resized() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(700), Prop.ForAll(
            (from c in Cases
             from box in Gen.Choose(0, int.MaxValue - 1).ArrayOf(4)
             from sides in Gen.Choose(1, 40).Two()
             select (c, box, sides)).ToArbitrary(), drawn =>
        {
            var (c, box, (width, height)) = drawn;
            using var whole = Turned(c, c.Stored());
            var (left, top) = (box[0] % whole.Width, box[1] % whole.Height);
            var (boxWidth, boxHeight) = (1 + box[2] % (whole.Width - left), 1 + box[3] % (whole.Height - top));
            var expected = new byte[width * height * 4];
            ImageResampler.ResizeBox(whole.Pixels, whole.Width, whole.Height, 4, left, top, boxWidth, boxHeight,
                expected, width, height, c.Preprocessing.Interpolation);
            var plan = new CropPlan(left, top, boxWidth, boxHeight, ResizedWindow.Whole(width, height));
            using var sink = new CropSink(VectorWidths.Widest).Prepare((_, _) => plan, c.Preprocessing.Interpolation);
            Write(c, c.Stored(), sink);
            return MemoryMarshal.AsBytes(sink.Crop).SequenceEqual(expected);
        }));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 65_500)]
    [InlineData(65_500, 1)]
    [InlineData(65_500, 3)]
    [InlineData(2, 65_500)]
    public void An_image_of_extreme_shape_has_the_crop_of_its_middle(int width, int height)
    {
        foreach (var orientation in (int[])[1, 2, 3, 4, 5, 6, 7, 8])
        {
            // As large as it is: the crop is a square of the middle.
            var side = Math.Min(width, height);
            var preprocessing = new ImagePreprocessing { ResizeShortSide = side, CropSize = side };
            var c = new Case(width, height, orientation, preprocessing, 7, false);
            var stored = c.Stored();
            Assert.Equal(Whole(c, stored), Streamed(new CropSink(VectorWidths.Widest), c, stored));
            // Enlarged to a picture of some gigapixels, of which only the crop is computed.
            var large = c with { Preprocessing = new() { Interpolation = ImageInterpolation.Bicubic } };
            var scalar = Streamed(new CropSink(VectorWidth.Scalar), large, stored);
            Assert.Equal(scalar, Streamed(new CropSink(VectorWidths.Widest), large, stored));
            if (side == 1 && Math.Max(width, height) == 1) Assert.All(scalar, pixel => Assert.Equal(stored[0], pixel));
        }
    }

    [Theory]
    [InlineData(1, "ABC/DEF")]
    [InlineData(2, "CBA/FED")]
    [InlineData(3, "FED/CBA")]
    [InlineData(4, "DEF/ABC")]
    [InlineData(5, "AD/BE/CF")]
    [InlineData(6, "DA/EB/FC")]
    [InlineData(7, "FC/EB/DA")]
    [InlineData(8, "CF/BE/AD")]
    public void A_whole_picture_is_turned_upright_by_the_orientation_of_EXIF(int orientation, string expected)
    {
        using var sink = new DecodedImageSink();
        sink.Begin(3, 2, orientation);
        sink.Write(['A', 'B', 'C']);
        sink.Write(['D', 'E', 'F']);
        using var image = sink.Detach();
        var letters = image.Colors.ToArray().Select(c => (char)c);
        Assert.Equal(expected, string.Join('/', letters.Chunk(image.Width).Select(row => new string(row))));
    }

    [Fact]
    public void A_sink_gives_the_same_crop_after_images_of_other_sizes_and_orientations()
    {
        var reused = new CropSink(VectorWidths.Widest);
        var preprocessing = new ImagePreprocessing { ResizeShortSide = 64, CropSize = 56 };
        (int, int, int)[] images = [(300, 200, 1), (20, 30, 6), (640, 17, 3), (300, 200, 8), (300, 200, 1)];
        foreach (var (width, height, orientation) in images)
        {
            var c = new Case(width, height, orientation, preprocessing, width + orientation, false);
            Assert.Equal(Whole(c, c.Stored()), Streamed(reused, c, c.Stored()));
        }
    }

    [Fact]
    public void A_crop_of_an_image_whose_rows_did_not_all_arrive_is_an_error()
    {
        using var sink = new CropSink(VectorWidths.Widest).Prepare(
            (width, height) => CropPlan.Of(width, height, ResizedWindow.Whole(8, 8)), ImageInterpolation.Bilinear);
        sink.Begin(3, 2, 1);
        sink.Write([1, 2, 3]);
        var error = Assert.Throws<InvalidOperationException>(() => sink.Crop.Length);
        Assert.Contains("1 of 2 rows", error.Message, StringComparison.Ordinal);
    }

    private static uint[] Streamed(CropSink sink, Case c, uint[] stored)
    {
        var (resized, crop) = (c.Preprocessing.ResizeShortSide, c.Preprocessing.CropSize);
        var gray = c.Preprocessing.Mean.Count == 1;
        CropPlan Plan(int width, int height) =>
            CropPlan.Of(width, height, ResizedWindow.Centre(width, height, resized, crop));
        using (sink.Prepare(Plan, c.Preprocessing.Interpolation, gray))
        {
            Write(c, stored, sink);
            return sink.Crop.ToArray();
        }
    }

    private static DecodedImage Turned(Case c, uint[] stored)
    {
        using var sink = new DecodedImageSink();
        Write(c, stored, sink);
        return sink.Detach();
    }

    private static void Write(Case c, uint[] stored, IPixelSink sink)
    {
        sink.Begin(c.Width, c.Height, c.Orientation);
        for (var y = 0; y < c.Height; y++) sink.Write(stored.AsSpan(y * c.Width, c.Width));
    }

    /// <summary>The whole picture is turned, made gray, resized and only then cropped.</summary>
    private static uint[] Whole(Case c, uint[] stored)
    {
        using var image = Turned(c, stored);
        if (c.Preprocessing.Mean.Count == 1) GrayPixels.Convert(image.Colors, bgr: false, image.Colors);
        var side = c.Preprocessing.CropSize;
        var window = ResizedWindow.Centre(image.Width, image.Height, c.Preprocessing.ResizeShortSide, side);
        var (width, height) = ((int)window.ResizedWidth, (int)window.ResizedHeight);
        var resized = new uint[width * height];
        var bytes = MemoryMarshal.AsBytes(resized.AsSpan());
        var filter = c.Preprocessing.Interpolation;
        ImageResampler.Resize(image.Pixels, image.Width, image.Height, 4, bytes, width, height, filter);
        var (left, top) = ((int)window.Left, (int)window.Top);
        return [.. Enumerable.Range(0, side * side).Select(i => resized[(i / side + top) * width + i % side + left])];
    }
}
