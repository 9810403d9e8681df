using System.Text.Json;

namespace Dla.Models;

/// <summary>What was published for a variant's ImageNet-1k weights, at 224×224 with one centre crop.</summary>
/// <param name="Top1">Fraction in [0, 1] of validation images whose best class is right.</param>
/// <param name="Top5">Fraction in [0, 1] whose right class is among the best five.</param>
public sealed record PublishedAccuracy(double Top1, double Top5)
{
    private const string Resource = "Dla.Models.Weights.published-weights.json";

    private static readonly Lazy<IReadOnlyDictionary<string, PublishedAccuracy>> Table = new(Read);

    /// <summary>timm's figures for the weights it converted from the authors' files; <see langword="null"/> for a variant of your own.</summary>
    public static PublishedAccuracy? Of(DlaVariant variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        return Table.Value.GetValueOrDefault(variant.Name);
    }

    private static Dictionary<string, PublishedAccuracy> Read()
    {
        using var stream = typeof(PublishedAccuracy).Assembly.GetManifestResourceStream(Resource)!;
        using var json = JsonDocument.Parse(stream);
        return json.RootElement.EnumerateObject().ToDictionary(p => p.Name, p =>
        {
            var timm = p.Value.GetProperty("timm");
            return new PublishedAccuracy(timm.GetProperty("imagenet_top1").GetDouble() / 100, timm.GetProperty("imagenet_top5").GetDouble() / 100);
        });
    }
}
