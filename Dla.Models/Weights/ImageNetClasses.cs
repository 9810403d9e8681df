namespace Dla.Models;

/// <summary>The 1000 classes of ImageNet-1k, in the order of the published weights' logits.</summary>
public static class ImageNetClasses
{
    private static readonly Lazy<IReadOnlyList<string>> Lines = new(Read);

    /// <summary>Short English names, such as <c>tench</c>; each occurs once.</summary>
    public static IReadOnlyList<string> Names => Lines.Value;

    private static string[] Read()
    {
        using var stream = typeof(ImageNetClasses).Assembly.GetManifestResourceStream("Dla.Models.Weights.imagenet-classes.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
