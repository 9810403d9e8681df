using Dla.MLNet;

namespace Dla.Finetune.Tests;

internal static class RgbImageRows
{
    /// <summary>Gives the rows of an image to a sink, as a decoder does.</summary>
    public static void WriteTo(this RgbImage image, IPixelSink sink)
    {
        sink.Begin(image.Width, image.Height, 1);
        var bytes = image.Pixels.ToArray();
        for (var y = 0; y < image.Height; y++)
        {
            sink.Write([.. Enumerable.Range(y * image.Width, image.Width)
                .Select(i => DecodedImage.Color(bytes[3 * i], bytes[3 * i + 1], bytes[3 * i + 2]))]);
        }
    }
}
