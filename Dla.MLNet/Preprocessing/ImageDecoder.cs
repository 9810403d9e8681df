using SkiaSharp;

namespace Dla.MLNet;

/// <summary>Decodes image files to the pixels that Pillow's <c>convert("RGB")</c> gives.</summary>
internal static class ImageDecoder
{
    /// <summary>The most pixels that can be asked for: four bytes each in one array.</summary>
    public const long LargestMaxPixels = int.MaxValue / 4;

    /// <summary>Decodes an image told by its content.</summary>
    /// <exception cref="ImageDecodeException">The bytes are no image of a known kind, are damaged, or have more than <paramref name="maxPixels"/> pixels.</exception>
    public static unsafe DecodedImage Decode(ReadOnlySpan<byte> encoded, ImageOrientation orientation, long maxPixels)
    {
        if (encoded.IsEmpty) throw new ImageDecodeException("The file is empty; expected a JPEG, PNG, BMP, GIF or WebP image.");
        fixed (byte* bytes = encoded)
        {
            using var data = SKData.Create((nint)bytes, encoded.Length);
            using var codec = SKCodec.Create(data)
                ?? throw new ImageDecodeException($"No readable image; expected a JPEG, PNG, BMP, GIF or WebP image.");
            var (width, height) = (codec.Info.Width, codec.Info.Height);
            if ((long)width * height > maxPixels)
                throw new ImageDecodeException($"{width} × {height} pixels are more than the limit of {maxPixels}. Raise maxPixels if the image is trusted.");
            var image = new DecodedImage(width, height);
            SKCodecResult result;
            fixed (byte* pixels = image.Pixels)
                result = codec.GetPixels(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul), (nint)pixels);
            if (result != SKCodecResult.Success)
            {
                image.Dispose();
                throw new ImageDecodeException($"The image is truncated or corrupt ({result}). Replace the file.");
            }
            return orientation == ImageOrientation.Upright ? ImageTurner.Turn(image, codec.EncodedOrigin) : image;
        }
    }
}
