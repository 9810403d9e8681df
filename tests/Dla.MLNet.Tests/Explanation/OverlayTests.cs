using SkiaSharp;

namespace Dla.MLNet.Tests;

public sealed class OverlayTests
{
    private static readonly ImagePreprocessing Half = new() { ResizeShortSide = 100, CropSize = 50 };

    private static DlaActivationMap Map(params float[] values) => new("bee", 2, 2, values, 0.5f, Half);

    private static byte[] Gray(int width, int height, byte level)
    {
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(new SKColor(level, level, level));
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static SKBitmap Draw(DlaActivationMap map, byte[] photo, DlaOverlayOptions? options = null) => SKBitmap.Decode(map.Overlay(photo, options));

    [Fact]
    public void The_map_lies_on_the_crop_and_what_was_not_seen_is_dark()
    {
        // 400 × 300 → 133 × 100, of which 50 × 50 from (42, 25) are seen: in the photo 126 … 276 across and 75 … 225 down.
        using var picture = Draw(Map(1, 0, -5, 0), Gray(400, 300, 200), new DlaOverlayOptions { Opacity = 1 });
        Assert.Equal((400, 300), (picture.Width, picture.Height));
        foreach (var (x, y) in ((int, int)[])[(5, 5), (395, 150), (200, 73), (200, 227), (124, 150), (279, 150)])
            Assert.Equal(new SKColor(70, 70, 70), picture.GetPixel(x, y));
        foreach (var (x, y) in ((int, int)[])[(270, 80), (270, 220), (130, 220)]) Assert.Equal(new SKColor(200, 200, 200), picture.GetPixel(x, y));
        Assert.Equal(new SKColor(252, 255, 164), picture.GetPixel(130, 80));
        Assert.InRange(picture.GetPixel(200, 80).Red, 120, 251);   // half-way to a neighbour that says nothing
    }

    [Theory]
    [InlineData(32, 32, 256, 256)]
    [InlineData(300, 200, 300, 200)]
    [InlineData(3000, 1500, 1024, 512)]
    [InlineData(1, 1, 256, 256)]
    [InlineData(2000, 1, 1024, 1)]
    public void The_picture_is_large_enough_to_look_at_and_small_enough_to_send(int width, int height, int shownWidth, int shownHeight)
    {
        using var picture = Draw(Map(0, 1, 2, 3), Gray(width, height, 100));
        Assert.Equal((shownWidth, shownHeight), (picture.Width, picture.Height));
    }

    [Fact]
    public void A_map_without_anything_for_the_class_leaves_the_crop_as_it_is()
    {
        using var picture = Draw(Map(-1, -2, 0, -1), Gray(300, 300, 90));
        Assert.Equal(new SKColor(90, 90, 90), picture.GetPixel(150, 150));
    }

    [Fact]
    public void With_one_scale_for_several_maps_a_weaker_map_is_paler()
    {
        using var own = Draw(Map(1, 1, 1, 1), Gray(300, 300, 90));
        using var common = Draw(Map(1, 1, 1, 1), Gray(300, 300, 90), new DlaOverlayOptions { Strongest = 4 });
        Assert.True(common.GetPixel(150, 150).Green < own.GetPixel(150, 150).Green);
    }

    [Fact]
    public void Cells_are_upsampled_bilinearly_from_their_centres()
    {
        var map = Map(0, 4, 8, 12);
        Assert.Equal(0, MapOverlay.At(map, 0.25, 0.25), 1e-6f);
        Assert.Equal(0, MapOverlay.At(map, 0, 0), 1e-6f);
        Assert.Equal(12, MapOverlay.At(map, 0.99, 0.75), 1e-6f);
        Assert.Equal(2, MapOverlay.At(map, 0.5, 0.25), 1e-6f);
        Assert.Equal(6, MapOverlay.At(map, 0.5, 0.5), 1e-6f);
        Assert.Equal(7, new[] { MapOverlay.At(new DlaActivationMap("one", 1, 1, [7], 0, Half), 0.1, 0.9) }[0], 1e-6f);
    }

    [Fact]
    public void A_turned_photo_is_shown_upright()
    {
        // A JPEG of 40 × 20 whose EXIF says that it is to be turned by a quarter.
        using var bitmap = new SKBitmap(40, 20);
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        byte[] exif = [0xFF, 0xE1, 0, 34, .. "Exif\0\0II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0];
        var jpeg = data.ToArray();
        byte[] turned = [.. jpeg[..2], .. exif, .. jpeg[2..]];
        using var picture = Draw(Map(0, 1, 2, 3), turned);
        Assert.Equal((128, 256), (picture.Width, picture.Height));
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        var photo = Gray(10, 10, 0);
        Assert.Throws<ArgumentException>(() => Map(1, 1, 1, 1).Overlay(photo, new DlaOverlayOptions { LongerSide = 0 }));
        Assert.Throws<ArgumentException>(() => Map(1, 1, 1, 1).Overlay(photo, new DlaOverlayOptions { Opacity = float.NaN }));
        Assert.Throws<ArgumentException>(() => Map(1, 1, 1, 1).Overlay(photo, new DlaOverlayOptions { Strongest = 0 }));
        Assert.Throws<ImageDecodeException>(() => Map(1, 1, 1, 1).Overlay(photo, new DlaOverlayOptions { MaxPixels = 99 }));
        Assert.Throws<ImageDecodeException>(() => Map(1, 1, 1, 1).Overlay("text"u8));
    }
}
