using System.Runtime.InteropServices;

namespace Dla.MLNet;

/// <summary>Resizes and crops decoded pixels by an <see cref="ImagePreprocessing"/>, row by row, into bytes (HWC) or normalised floats (CHW).</summary>
internal sealed class ImageCropper(ImagePreprocessing preprocessing)
{
    private readonly PixelNormalizer _normalizer = new(preprocessing.Mean, preprocessing.Std);

    /// <summary>Channels of the result: 3, or 1 for gray.</summary>
    public int Channels { get; } = preprocessing.Mean.Count;

    /// <summary>Writes the normalised planes.</summary>
    /// <param name="source">Row-major pixels of four bytes.</param>
    /// <param name="width">Width of the source in pixels.</param>
    /// <param name="height">Height of the source in pixels.</param>
    /// <param name="bgr">Whether the first byte of a pixel is blue rather than red.</param>
    /// <param name="pixels">Receives channels · crop · crop values.</param>
    public void Run(ReadOnlySpan<byte> source, int width, int height, bool bgr, Span<float> pixels)
    {
        var crop = preprocessing.CropSize;
        var resampler = Begin(width, height, out var row);
        for (var y = 0; y < crop; y++)
        {
            resampler.ReadRow(source, width * 4, y, row);
            _normalizer.Run(MemoryMarshal.Cast<byte, uint>(row), bgr, pixels, crop * crop, y * crop);
        }
        WindowResampler.Return(resampler);
    }

    /// <summary>Writes the bytes, before normalisation.</summary>
    /// <inheritdoc cref="Run(ReadOnlySpan{byte}, int, int, bool, Span{float})"/>
    public void Run(ReadOnlySpan<byte> source, int width, int height, bool bgr, Span<byte> pixels)
    {
        var crop = preprocessing.CropSize;
        var resampler = Begin(width, height, out var row);
        for (var y = 0; y < crop; y++)
        {
            resampler.ReadRow(source, width * 4, y, row);
            var result = pixels.Slice(y * crop * Channels, crop * Channels);
            for (var x = 0; x < crop; x++)
            {
                for (var c = 0; c < Channels; c++) result[x * Channels + c] = row[x * 4 + (bgr ? 2 - c : c)];
            }
        }
        WindowResampler.Return(resampler);
    }

    // Not returned when something throws: the resampler is then left to the garbage collector.
    private WindowResampler Begin(int width, int height, out Span<byte> row)
    {
        var resampler = WindowResampler.Rent();
        var window = ResizedWindow.Centre(width, height, preprocessing.ResizeShortSide, preprocessing.CropSize);
        row = resampler.Prepare(width, height, 4, window, preprocessing.Interpolation);
        return resampler;
    }
}
