namespace Dla.MLNet;

/// <summary>What a model takes: normalised floats [N, C, H, W], or bytes [N, H, W, 3] that it normalises itself.</summary>
/// <param name="Name">The input's name.</param>
/// <param name="IsBytes">Whether it takes bytes.</param>
/// <param name="Channels">1 or 3.</param>
/// <param name="Size">Height and width in pixels.</param>
/// <param name="FixedBatch">Images per run where the model fixes them.</param>
internal sealed record ModelInput(string Name, bool IsBytes, int Channels, int Size, int? FixedBatch)
{
    /// <summary>Most values of one run, 1 GiB of float32: 1,783 images of 224 × 224.</summary>
    private const long LargestRun = 1L << 28;

    /// <summary>Values an image: C · H · W.</summary>
    public int Length => Channels * Size * Size;

    /// <summary>The shape of a run of this many images.</summary>
    public long[] Shape(int batch) => IsBytes ? [batch, Size, Size, Channels] : [batch, Channels, Size, Size];

    /// <summary>Checks that the model takes what the preprocessing makes.</summary>
    public static ModelInput Of(OnnxOutline outline, ImagePreprocessing preprocessing, string model)
    {
        if (outline.Inputs is not [{ Shape: { Count: 4 } shape } input] || input.ElementType is not (OnnxTensorInfo.Float32 or OnnxTensorInfo.UInt8))
            throw new NotSupportedException($"'{model}' takes {string.Join(" and ", outline.Inputs)}; " +
                "one input is expected, images as float32 [N, C, H, W] or uint8 [N, H, W, C]. Export the model with such an input.");
        var isBytes = input.ElementType == OnnxTensorInfo.UInt8;
        var (channels, height, width) = isBytes ? (shape[3], shape[1], shape[2]) : (shape[1], shape[2], shape[3]);
        var (given, crop) = (preprocessing.Mean.Count, preprocessing.CropSize);
        if (channels > 3 || channels == 2)
            throw new NotSupportedException($"'{model}' takes {input}, whose channels would be {channels}; float32 [N, C, H, W] or uint8 [N, H, W, C] " +
                "is expected, with 1 or 3 channels. Where height and width stand in their place, export the model with a Transpose behind its input.");
        if (height > 0 && width > 0 && height != width)
            throw new NotSupportedException($"'{model}' takes {input}: {height}×{width} pixels, and only square inputs are supported. Export it for one.");
        if (channels > 0 && channels != given)
            throw new ArgumentException($"'{model}' takes {input} and the preprocessing gives {given} channel(s). " +
                $"Give {channels} means and standard deviations.");
        if ((height > 0 && height != crop) || (width > 0 && width != crop))
            throw new ArgumentException($"'{model}' takes {input} and the preprocessing crops to {crop}×{crop}. " +
                "Set CropSize to the model's size, or export with --dynamic-size.");
        var images = Math.Max(shape[0], 1);
        if (images * given * crop * crop > LargestRun)
            throw new NotSupportedException($"'{model}' takes {input}: {images:N0} image(s) of {crop}×{crop} in one run, " +
                $"which is more than {LargestRun:N0} values. Export it with a free or smaller batch.");
        return new ModelInput(input.Name, isBytes, given, crop, shape[0] > 0 ? (int)shape[0] : null);
    }
}
