using Dla.MLNet;

namespace Dla.Finetune;

/// <summary>The piece of an image, in its own pixels, that becomes the network's input. It may reach over the image's edge.</summary>
internal readonly record struct CropBox(int Left, int Top, int Width, int Height)
{
    /// <summary>Tries before a random-resized crop gives up on its aspect ratio, as in torchvision.</summary>
    private const int Attempts = 10;

    /// <summary>Limits of a random-resized crop's aspect ratio, as in torchvision: 3/4 and 4/3.</summary>
    private const double MinRatio = 3.0 / 4, MaxRatio = 4.0 / 3;

    /// <summary>What scoring sees: the centre square whose side is to the shorter side as the crop size is to the resized one.</summary>
    public static CropBox Centre(RgbImage image, ImagePreprocessing preprocessing)
    {
        var side = Math.Max(1, (int)Math.Round((double)Math.Min(image.Width, image.Height) * preprocessing.CropSize / preprocessing.ResizeShortSide));
        return new CropBox((image.Width - side) / 2, (image.Height - side) / 2, side, side);
    }

    /// <summary>Moved by at most <paramref name="part"/> of the side, up or down and left or right.</summary>
    public CropBox Moved(double part, ref SampleRandom random)
    {
        var padding = (int)Math.Round(part * Width);
        return this with { Left = Left + random.Below(2 * padding + 1) - padding, Top = Top + random.Below(2 * padding + 1) - padding };
    }

    /// <summary>A piece of random area and aspect ratio within the image, as torchvision's RandomResizedCrop chooses it.</summary>
    public static CropBox RandomResized(RgbImage image, double minArea, ref SampleRandom random)
    {
        double area = (double)image.Width * image.Height;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var target = area * random.Between(minArea, 1);
            var ratio = Math.Exp(random.Between(Math.Log(MinRatio), Math.Log(MaxRatio)));
            var (width, height) = ((int)Math.Round(Math.Sqrt(target * ratio)), (int)Math.Round(Math.Sqrt(target / ratio)));
            if (width < 1 || height < 1 || width > image.Width || height > image.Height) continue;
            return new CropBox(random.Below(image.Width - width + 1), random.Below(image.Height - height + 1), width, height);
        }
        var wide = Math.Clamp((int)Math.Round(image.Height * MaxRatio), 1, image.Width);
        var high = Math.Clamp((int)Math.Round(image.Width / MinRatio), 1, image.Height);
        return new CropBox((image.Width - wide) / 2, (image.Height - high) / 2, wide, high);
    }

    /// <summary>Whether all of it lies within the image.</summary>
    public bool Lies(RgbImage image) => Left >= 0 && Top >= 0 && Left + Width <= image.Width && Top + Height <= image.Height;

    /// <summary>Copies the piece, black where it reaches over the edge.</summary>
    /// <param name="image">The image.</param>
    /// <param name="pixels">Receives width · height · 3 bytes.</param>
    public void CopyPadded(RgbImage image, Span<byte> pixels)
    {
        pixels[..(Width * Height * 3)].Clear();
        int from = Math.Max(Left, 0), to = Math.Min(Left + Width, image.Width);
        for (var y = Math.Max(Top, 0); y < Math.Min(Top + Height, image.Height) && from < to; y++)
            image.Pixels.Span.Slice((y * image.Width + from) * 3, (to - from) * 3).CopyTo(pixels[(((y - Top) * Width + from - Left) * 3)..]);
    }
}
