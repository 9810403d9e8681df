using Dla.Export.Onnx;
using Dla.MLNet;
using Microsoft.ML.OnnxRuntime;
using static Dla.Export.Onnx.TensorProto.Types;

namespace Dla.Export;

/// <summary>Turns encoded images into a model's input, as scoring does.</summary>
internal sealed class CalibrationInput
{
    /// <summary>Most values of one run, 1 GiB of float32, as in scoring.</summary>
    private const long LargestRun = 1L << 28;

    private readonly ImagePreprocessor _preprocessor;
    private readonly long[] _shape;
    private readonly bool _bytes;

    private CalibrationInput(string name, ImagePreprocessing preprocessing, long[] shape, bool bytes)
    {
        Name = name;
        _preprocessor = new ImagePreprocessor(preprocessing);
        (_shape, _bytes) = (shape, bytes);
    }

    /// <summary>The name of the model's input.</summary>
    public string Name { get; }

    /// <param name="graph">A graph with one image input: float32 [N, C, S, S] or uint8 [N, S, S, C].</param>
    /// <param name="preprocessing">The caller's or the card's; <see langword="null"/> for ImageNet's at the size that the model fixes.</param>
    /// <exception cref="ArgumentException">The input is not an image, or not of the preprocessing's size.</exception>
    public static CalibrationInput Of(OnnxGraph graph, ImagePreprocessing? preprocessing)
    {
        if (graph.Inputs.ToList() is not [{ Type.TensorType: { Shape: { Dim: [var batch, var a, var b, var c] } } type } input])
            throw new ArgumentException($"The model has the inputs {string.Join(", ", graph.Inputs.Select(i => i.Name))}; " +
                "quantizing needs a single image input [N, C, H, W], or uint8 [N, H, W, C].");
        var bytes = type.ElemType == (int)DataType.Uint8;
        if (!bytes && type.ElemType != (int)DataType.Float)
            throw new ArgumentException($"'{input.Name}' has element type {(DataType)type.ElemType}; an image input is float32, or uint8 [N, H, W, C].");
        var (channels, height, width) = bytes ? (c.DimValue, a.DimValue, b.DimValue) : (a.DimValue, b.DimValue, c.DimValue);

        if (height > int.MaxValue / 2 || width > int.MaxValue / 2)
            throw new ArgumentException($"'{input.Name}' is {width:N0}×{height:N0} pixels, which is no image. Export the model for one.");
        preprocessing ??= height > 0 ? new ImagePreprocessing { CropSize = (int)height, ResizeShortSide = (int)Math.Round(height / 0.875) }
            : new ImagePreprocessing();
        var crop = preprocessing.CropSize;
        if ((height > 0 && height != crop) || (width > 0 && width != crop))
            throw new ArgumentException($"'{input.Name}' is {width}×{height} pixels and the preprocessing gives {crop}×{crop}. " +
                "Set the preprocessing's crop size to the model's.");
        if (channels > 0 && channels != preprocessing.Mean.Count)
            throw new ArgumentException($"'{input.Name}' has {channels} channels and the preprocessing " +
                $"gives {preprocessing.Mean.Count}; images have 3, or 1 with one mean and std.");
        var (n, k) = (Math.Max(1, batch.DimValue), (long)preprocessing.Mean.Count);
        if ((Int128)n * k * crop * crop > LargestRun)
            throw new NotSupportedException($"'{input.Name}' takes {n:N0} image(s) of {crop}×{crop} in one run, which is more than {LargestRun:N0} values. " +
                "Export the model with a free or smaller batch.");
        preprocessing.Validate();
        return new CalibrationInput(input.Name, preprocessing, bytes ? [n, crop, crop, k] : [n, k, crop, crop], bytes);
    }

    /// <summary>One image as the input; a model with a fixed batch gets it as many times.</summary>
    public OrtValue Prepare(ReadOnlySpan<byte> encoded)
    {
        var length = _preprocessor.Length;
        return _bytes
            ? Create<byte>(encoded, length, (image, pixels) => _preprocessor.Crop(image, pixels))
            : Create<float>(encoded, length, (image, pixels) => _preprocessor.Run(image, pixels));
    }

    private delegate void Fill<T>(ReadOnlySpan<byte> encoded, Span<T> pixels);

    private OrtValue Create<T>(ReadOnlySpan<byte> encoded, int length, Fill<T> fill) where T : unmanaged
    {
        var values = new T[_shape[0] * length];
        fill(encoded, values.AsSpan(0, length));
        for (var i = 1; i < _shape[0]; i++) values.AsSpan(0, length).CopyTo(values.AsSpan(i * length));
        return OrtValue.CreateTensorValueFromMemory(values, _shape);
    }
}
