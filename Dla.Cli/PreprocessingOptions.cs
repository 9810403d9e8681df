using System.CommandLine;
using System.Globalization;
using Dla.MLNet;

namespace Dla.Cli;

/// <summary>The options that say how images are prepared, where neither the weights nor a model's card does.</summary>
/// <param name="when">What begins the descriptions, such as <c>For a model without a card. </c>, or nothing.</param>
internal sealed class PreprocessingOptions(string when = "")
{
    /// <summary>For verbs that take model files only.</summary>
    public const string WithoutCard = "For a model without a card. ";

    private readonly Option<int?> _size = new("--size") { Description = $"{when}Height and width in pixels of the input. " +
        $"Default: {Own(when)}224." };

    private readonly Option<int?> _resize = new("--resize") { Description = $"{when}Shorter side in pixels before the crop. " +
        $"Default: {Own(when)}--size / 0.875." };

    private readonly Option<string?> _mean = new("--mean") { Description = $"{when}Subtracted from value / 255: red, green, blue, or one for gray. " +
        $"Default: {Own(when)}ImageNet's.", HelpName = "r,g,b" };

    private readonly Option<string?> _std = new("--std") { Description = $"{when}Divided by after that. Default: {Own(when)}ImageNet's.", HelpName = "r,g,b" };

    private readonly Option<ImageInterpolation?> _interpolation = new("--interpolation") { Description = $"{when}Bilinear or Bicubic resizing. " +
        $"Default: {Own(when)}Bilinear." };

    private Option[] All => [_size, _resize, _mean, _std, _interpolation];

    public void AddTo(Command command)
    {
        foreach (var option in All) command.Add(option);
    }

    /// <summary>What the command line says, else what the weights were trained with, else what the published networks take.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="saved">What the weight file says; <see langword="null"/> where it says nothing.</param>
    public ImagePreprocessing Resolve(ParseResult parsed, ImagePreprocessing? saved)
    {
        var size = parsed.GetValue(_size);
        if (size < 1) throw new ArgumentException($"--size is {size}; it must be at least 1 pixel, and a multiple of 32 for a DLA network.");
        var preprocessing = saved is null ? ImagePreprocessing.ForCrop(size ?? 224) : size is { } pixels ? saved.ScaledTo(pixels) : saved;
        if (parsed.GetValue(_resize) is { } side) preprocessing = preprocessing with { ResizeShortSide = side };
        if (parsed.GetValue(_mean) is { } mean) preprocessing = preprocessing with { Mean = Numbers(_mean, mean) };
        if (parsed.GetValue(_std) is { } std) preprocessing = preprocessing with { Std = Numbers(_std, std) };
        if (parsed.GetValue(_interpolation) is { } interpolation) preprocessing = preprocessing with { Interpolation = interpolation };
        preprocessing.Validate();
        return preprocessing;
    }

    /// <summary>What the command line says about a model file without a card; <see langword="null"/> where it says nothing.</summary>
    /// <exception cref="ArgumentException">The model's card says it already.</exception>
    public ImagePreprocessing? ForModel(ParseResult parsed, string path)
    {
        if (All.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is not { } given) return null;
        if (DlaModelCard.Load(path) is not null)
            throw new ArgumentException($"'{path}' says itself how images are prepared; leave {given.Name} out. Another size needs another model: dla export --size.");
        return Resolve(parsed, null);
    }

    private static string Own(string when) => when == WithoutCard ? "" : "the weights' own, else ";

    private static float[] Numbers(Option<string?> option, string text) => [.. text.Split(',').Select(part =>
        float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
            : throw new ArgumentException($"{option.Name} is '{text}'; expected three numbers separated by commas, such as 0.485,0.456,0.406, or one for gray images."))];
}
