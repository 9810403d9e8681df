using System.CommandLine;
using System.Globalization;
using Dla.MLNet;

namespace Dla.Cli;

/// <summary>The options that say how images are prepared, where neither the weights nor a model's card does, or otherwise than these do.</summary>
/// <param name="own">Whose preprocessing is the default.</param>
internal sealed class PreprocessingOptions(string own)
{
    public const string Weights = "the weights' own", Model = "the model card's", Either = "the weights' or the model card's";

    private readonly Option<int?> _size = new("--size") { Description = $"Height and width in pixels of the input. Default: {own}, else 224." };

    private readonly Option<int?> _resize = new("--resize") { Description = $"Shorter side in pixels before the crop. Default: {own}, else --size / 0.875." };

    private readonly Option<string?> _mean = new("--mean") { Description = "Subtracted from value / 255: for red, green and blue, or one for gray. " +
        $"Default: {own}, else ImageNet's.", HelpName = "r,g,b" };

    private readonly Option<string?> _std = new("--std") { Description = $"Divided by after that. Default: {own}, else ImageNet's.", HelpName = "r,g,b" };

    private readonly Option<ImageInterpolation?> _interpolation = new("--interpolation") { Description = "Resizing, Bilinear or Bicubic. " +
        $"Default: {own}, else Bilinear." };

    private readonly Option<ImageOrientation?> _orientation = new("--orientation") { Description = "Upright by the EXIF block, or AsStored, " +
        $"as torchvision's loader has it. Default: {own}, else Upright." };

    private Option[] All => [_size, _resize, _mean, _std, _interpolation, _orientation];

    public void AddTo(Command command)
    {
        foreach (var option in All) command.Add(option);
    }

    /// <summary>What the command line says, else what the weights or the model say, else what the published networks take.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="saved">What the file says; <see langword="null"/> where it says nothing.</param>
    public ImagePreprocessing Resolve(ParseResult parsed, ImagePreprocessing? saved)
    {
        var size = parsed.GetValue(_size);
        if (size < 1) throw new ArgumentException($"--size is {size}; it must be at least 1 pixel, and a multiple of 32 for a DLA network.");
        var preprocessing = saved is null ? ImagePreprocessing.ForCrop(size ?? 224) : size is { } pixels ? saved.ScaledTo(pixels) : saved;
        if (parsed.GetValue(_resize) is { } side) preprocessing = preprocessing with { ResizeShortSide = side };
        if (parsed.GetValue(_mean) is { } mean) preprocessing = preprocessing with { Mean = Numbers(_mean, mean) };
        if (parsed.GetValue(_std) is { } std) preprocessing = preprocessing with { Std = Numbers(_std, std) };
        if (parsed.GetValue(_interpolation) is { } interpolation) preprocessing = preprocessing with { Interpolation = interpolation };
        if (parsed.GetValue(_orientation) is { } orientation) preprocessing = preprocessing with { Orientation = orientation };
        preprocessing.Validate();
        return preprocessing;
    }

    /// <summary>What the command line says about a model file, the rest by its card; <see langword="null"/> where it says nothing.</summary>
    public ImagePreprocessing? ForModel(ParseResult parsed, string path) =>
        All.Any(o => parsed.GetResult(o) is { Implicit: false }) ? Resolve(parsed, DlaModelCard.Load(path)?.Preprocessing) : null;

    private static float[] Numbers(Option<string?> option, string text) => [.. text.Split(',').Select(part =>
        float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
            : throw new ArgumentException($"{option.Name} is '{text}'; expected three numbers separated by commas, such as 0.485,0.456,0.406, or " +
                "one for gray images."))];
}
