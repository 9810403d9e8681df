using SkiaSharp;

namespace Dla.MLNet;

/// <summary>Decodes lossy WebP with Skia, to the bytes that the file holds: no color management, alpha apart from the colors.</summary>
internal static class SkiaDecoder
{
    /// <summary>Decodes a whole image as it is stored.</summary>
    /// <param name="encoded">A WebP file of a lossy bitstream.</param>
    /// <param name="format">The format's name, for messages.</param>
    /// <param name="maxPixels">The most pixels that memory is taken for.</param>
    public static unsafe DecodedImage Decode(ReadOnlySpan<byte> encoded, string format, long maxPixels)
    {
        fixed (byte* bytes = encoded)
        {
            using var data = SKData.Create((nint)bytes, encoded.Length);
            using var codec = SKCodec.Create(data) ?? throw ImageDecodeException.Corrupt(format, "its header cannot be read");
            var (width, height) = (codec.Info.Width, codec.Info.Height);
            var image = DecodedImage.Rent(width, height, maxPixels);
            var result = SKCodecResult.InternalError;
            try
            {
                fixed (byte* pixels = image.Pixels)
                    result = codec.GetPixels(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul), (nint)pixels);
            }
            finally
            {
                if (result != SKCodecResult.Success) image.Dispose();
            }
            return result switch
            {
                SKCodecResult.Success => image,
                SKCodecResult.IncompleteInput => throw ImageDecodeException.Truncated(format),
                _ => throw ImageDecodeException.Corrupt(format, $"the decoder stopped with {result}"),
            };
        }
    }
}
