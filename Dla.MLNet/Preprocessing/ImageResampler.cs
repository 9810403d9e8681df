namespace Dla.MLNet;

/// <summary>Resizes 8-bit images exactly as Pillow does (<c>Image.resize</c> with antialiasing), for every size and both filters.</summary>
/// <remarks>
/// Thread-safe. <see cref="ImagePreprocessor"/> does decoding, resizing, cropping and normalising in one go and computes only what the crop keeps.
/// </remarks>
public static class ImageResampler
{
    /// <summary>Resizes a whole image.</summary>
    /// <param name="pixels">Row-major 8-bit pixels with interleaved channels, <c>height × width × channels</c> bytes.</param>
    /// <param name="width">Width of the source in pixels, at least 1.</param>
    /// <param name="height">Height of the source in pixels, at least 1.</param>
    /// <param name="channels">Bytes of a pixel, 1 to 4. Channels do not mix: an alpha channel is resized like a colour.</param>
    /// <param name="result">Receives <c>newHeight × newWidth × channels</c> bytes.</param>
    /// <param name="newWidth">Width of the result in pixels, at least 1.</param>
    /// <param name="newHeight">Height of the result in pixels, at least 1.</param>
    /// <param name="interpolation">The filter.</param>
    /// <exception cref="ArgumentException">A size is less than 1, or a buffer is shorter than its sizes say.</exception>
    public static void Resize(ReadOnlySpan<byte> pixels, int width, int height, int channels, Span<byte> result, int newWidth, int newHeight,
        ImageInterpolation interpolation) =>
        ResizeBox(pixels, width, height, channels, 0, 0, width, height, result, newWidth, newHeight, interpolation);

    /// <summary>Crops a box and resizes it, as torchvision's <c>resized_crop</c>: pixels outside of the box have no influence.</summary>
    /// <param name="pixels">Row-major 8-bit pixels with interleaved channels, <c>height × width × channels</c> bytes.</param>
    /// <param name="width">Width of the source in pixels, at least 1.</param>
    /// <param name="height">Height of the source in pixels, at least 1.</param>
    /// <param name="channels">Bytes of a pixel, 1 to 4. Channels do not mix: an alpha channel is resized like a colour.</param>
    /// <param name="left">First column of the box.</param>
    /// <param name="top">First row of the box.</param>
    /// <param name="boxWidth">Width of the box in pixels, at least 1; the box lies within the source.</param>
    /// <param name="boxHeight">Height of the box in pixels, at least 1.</param>
    /// <param name="result">Receives <c>newHeight × newWidth × channels</c> bytes.</param>
    /// <param name="newWidth">Width of the result in pixels, at least 1.</param>
    /// <param name="newHeight">Height of the result in pixels, at least 1.</param>
    /// <param name="interpolation">The filter.</param>
    /// <exception cref="ArgumentException">A size is less than 1, the box leaves the source, or a buffer is shorter than its sizes say.</exception>
    public static void ResizeBox(
        ReadOnlySpan<byte> pixels, int width, int height, int channels, int left, int top, int boxWidth, int boxHeight,
        Span<byte> result, int newWidth, int newHeight, ImageInterpolation interpolation)
    {
        if (channels is < 1 or > 4) throw new ArgumentException($"{channels} channels; give 1 to 4.", nameof(channels));
        Require(pixels.Length, width, height, channels, nameof(pixels));
        Require(result.Length, newWidth, newHeight, channels, nameof(result));
        if (left < 0 || top < 0 || boxWidth < 1 || boxHeight < 1 || boxWidth > width - left || boxHeight > height - top)
            throw new ArgumentException($"The box at ({left}, {top}) of {boxWidth} × " +
                $"{boxHeight} is not within the image of {width} × {height}.", nameof(boxWidth));
        var stride = width * channels;
        var box = pixels.Slice(top * stride + left * channels, (boxHeight - 1) * stride + boxWidth * channels);
        var resampler = WindowResampler.Rent();
        resampler.Prepare(boxWidth, boxHeight, channels, ResizedWindow.Whole(newWidth, newHeight), interpolation);
        for (var y = 0; y < newHeight; y++) resampler.ReadRow(box, stride, y, result.Slice(y * newWidth * channels, newWidth * channels));
        WindowResampler.Return(resampler);
    }

    private static void Require(int length, int width, int height, int channels, string name)
    {
        if (width < 1 || height < 1) throw new ArgumentException($"The image is {width} × {height}; give at least one pixel.", name);
        if (length < (long)width * height * channels)
            throw new ArgumentException($"{length} bytes; {width} × {height} pixels of {channels} bytes need {(long)width * height * channels}.", name);
    }
}
