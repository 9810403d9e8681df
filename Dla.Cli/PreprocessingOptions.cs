using System.CommandLine;
using Dla.MLNet;

namespace Dla.Cli;

/// <summary>The options <c>--size</c> and <c>--resize</c> of the verbs that make a model from weights.</summary>
/// <param name="verb">What begins the descriptions, such as <c>With --weights. </c>, or nothing.</param>
internal sealed class PreprocessingOptions(string verb = "")
{
    public Option<int?> Size { get; } = new("--size") { Description = $"{verb}Height and width " +
        "in pixels of the input, a multiple of 32. Default: the weights' own, else 224." };

    public Option<int?> Resize { get; } = new("--resize") { Description = $"{verb}Shorter side in pixels before the crop. " +
        "Default: the weights' own, else --size / 0.875." };

    /// <summary>What the command line says, else what the weights were trained with, else what the published networks take.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="saved">What the weight file says; <see langword="null"/> where it says nothing.</param>
    public ImagePreprocessing Resolve(ParseResult parsed, ImagePreprocessing? saved)
    {
        var size = parsed.GetValue(Size);
        if (size < 1) throw new ArgumentException($"--size is {size}; it must be a multiple of 32.");
        var preprocessing = saved is null ? ImagePreprocessing.ForCrop(size ?? 224) : size is { } pixels ? saved.ScaledTo(pixels) : saved;
        if (parsed.GetValue(Resize) is { } side) preprocessing = preprocessing with { ResizeShortSide = side };
        preprocessing.Validate();
        return preprocessing;
    }
}
