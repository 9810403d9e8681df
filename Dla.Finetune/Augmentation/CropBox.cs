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
    public static CropBox Centre(int imageWidth, int imageHeight, ImagePreprocessing preprocessing)
    {
        var side = Math.Max(1, (int)Math.Round((double)Math.Min(imageWidth, imageHeight) * preprocessing.CropSize / preprocessing.ResizeShortSide));
        return new CropBox((imageWidth - side) / 2, (imageHeight - side) / 2, side, side);
    }

    /// <summary>Moved by at most so many pixels up or down, and left or right.</summary>
    public CropBox Moved(int padding, ref SampleRandom random) =>
        this with { Left = Left + random.Below(2 * padding + 1) - padding, Top = Top + random.Below(2 * padding + 1) - padding };

    /// <summary>A piece of random area and aspect ratio within the image, as torchvision's RandomResizedCrop chooses it.</summary>
    public static CropBox RandomResized(int imageWidth, int imageHeight, double minArea, ref SampleRandom random)
    {
        double area = (double)imageWidth * imageHeight;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var target = area * random.Between(minArea, 1);
            var ratio = Math.Exp(random.Between(Math.Log(MinRatio), Math.Log(MaxRatio)));
            var (width, height) = ((int)Math.Round(Math.Sqrt(target * ratio)), (int)Math.Round(Math.Sqrt(target / ratio)));
            if (width < 1 || height < 1 || width > imageWidth || height > imageHeight) continue;
            return new CropBox(random.Below(imageWidth - width + 1), random.Below(imageHeight - height + 1), width, height);
        }
        var wide = Math.Clamp((int)Math.Round(imageHeight * MaxRatio), 1, imageWidth);
        var high = Math.Clamp((int)Math.Round(imageWidth / MinRatio), 1, imageHeight);
        return new CropBox((imageWidth - wide) / 2, (imageHeight - high) / 2, wide, high);
    }
}
