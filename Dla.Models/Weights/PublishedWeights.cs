using System.Text.Json;

namespace Dla.Models;

/// <summary>One published ImageNet-1k weight file of the catalogue.</summary>
public sealed record PublishedWeights
{
    private const string Resource = "Dla.Models.Weights.published-weights.json";

    /// <summary>The sources' names in the file.</summary>
    private static readonly (WeightSource Source, string Key)[] Keys =
    [
        (WeightSource.Timm, "timm"), (WeightSource.Official, "official"), (WeightSource.OfficialTricks, "official_tricks"),
        (WeightSource.Release, "timm_release"), (WeightSource.Paddle, "paddle_port"),
    ];

    private static readonly Lazy<IReadOnlyList<PublishedWeights>> Catalogue = new(() => [.. Read()]);

    /// <summary>The network that the weights are of.</summary>
    public required DlaVariant Variant { get; init; }

    /// <summary>Who publishes them.</summary>
    public required WeightSource Source { get; init; }

    /// <summary>Where they are, in the order in which to try: HTTPS before plain HTTP.</summary>
    public required IReadOnlyList<Uri> Addresses { get; init; }

    /// <summary>The file's name in the cache.</summary>
    public required string FileName { get; init; }

    /// <summary>The published SHA-256 in lower-case hex, whole or its first eight digits; <see langword="null"/> where none is published.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The published size in bytes, where it is known.</summary>
    public long? Bytes { get; init; }

    /// <summary>Whether they are of the authors' training with tricks, which only dla34 and dla102 have.</summary>
    public bool Tricks { get; init; }

    /// <summary>The accuracy that was published for exactly these weights, at 224×224 with one centre crop.</summary>
    public required PublishedAccuracy Accuracy { get; init; }

    /// <summary>The name by which they are asked for, such as <c>timm/dla34</c>.</summary>
    public string Name => $"{NameOf(Source)}/{Variant.Name}";

    /// <summary>The catalogue, in the order of <see cref="DlaVariant.All"/> and of <see cref="WeightSource"/>.</summary>
    public static IReadOnlyList<PublishedWeights> All => Catalogue.Value;

    /// <summary>The weights of this name: a variant's, such as <c>dla34</c> for timm's file, or <c>official/dla34</c>.</summary>
    /// <exception cref="ArgumentException">There are none; the message lists what there is.</exception>
    public static PublishedWeights Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (TryParse(name) is { } weights) return weights;
        var variant = name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..];
        var known = All.Where(w => w.Variant.Name.Equals(variant, StringComparison.OrdinalIgnoreCase)).Select(w => w.Name).ToArray();
        throw new ArgumentException(known.Length > 0
            ? $"There are no published weights '{name}'. For {variant} use one of: {string.Join(", ", known)}."
            : $"There are no published weights '{name}'. Use a variant's name ({string.Join(", ", DlaVariant.All)}), " +
                "or a source and a name such as official/dla34.", nameof(name));
    }

    /// <summary>The weights of a variant from one source.</summary>
    /// <exception cref="ArgumentException">The source has none of this variant; the message lists what there is.</exception>
    public static PublishedWeights Of(DlaVariant variant, WeightSource source = WeightSource.Timm)
    {
        ArgumentNullException.ThrowIfNull(variant);
        return Parse($"{NameOf(source)}/{variant.Name}");
    }

    internal static PublishedWeights? TryParse(string name) =>
        All.FirstOrDefault(w => w.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? All.FirstOrDefault(w => w.Variant.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static string NameOf(WeightSource source) => source switch
    {
        WeightSource.Timm => "timm",
        WeightSource.Official => "official",
        WeightSource.OfficialTricks => "official-tricks",
        WeightSource.Release => "release",
        WeightSource.Paddle => "paddle",
        _ => throw new ArgumentOutOfRangeException(nameof(source), source, "This is not a source of weights."),
    };

    private static IEnumerable<PublishedWeights> Read()
    {
        using var stream = typeof(PublishedWeights).Assembly.GetManifestResourceStream(Resource)!;
        using var json = JsonDocument.Parse(stream);
        foreach (var variant in DlaVariant.All)
        {
            if (!json.RootElement.TryGetProperty(variant.Name, out var entry)) continue;
            foreach (var (source, key) in Keys)
                if (entry.TryGetProperty(key, out var published) && (published.TryGetProperty("url", out _) || published.TryGetProperty("safetensors", out _)))
                    yield return Read(variant, source, entry, published);
        }
    }

    private static PublishedWeights Read(DlaVariant variant, WeightSource source, JsonElement entry, JsonElement published)
    {
        string? Text(string name) => published.TryGetProperty(name, out var value) ? value.GetString() : null;
        var address = new Uri(Text("safetensors") ?? Text("url")!);
        var accuracy = published.TryGetProperty("imagenet_top1", out _) ? published : entry.GetProperty("timm");   // the same weights in another file
        return new PublishedWeights
        {
            Variant = variant,
            Source = source,
            Addresses = Text("mirror") is { } mirror ? [new Uri(mirror), address] : [address],
            FileName = source switch
            {
                WeightSource.Timm => $"{variant.Name}.in1k.safetensors",
                WeightSource.Paddle => $"{variant.Name}{(published.TryGetProperty("tricks", out _) ? "+tricks" : "")}.pdparams",
                _ => Path.GetFileName(address.AbsolutePath),
            },
            Sha256 = Text("sha256") ?? Text("sha256_prefix"),
            Bytes = published.TryGetProperty("bytes", out var bytes) ? bytes.GetInt64() : null,
            Tricks = source == WeightSource.OfficialTricks || published.TryGetProperty("tricks", out _),
            Accuracy = new PublishedAccuracy((double)(accuracy.GetProperty("imagenet_top1").GetDecimal() / 100),
                (double)(accuracy.GetProperty("imagenet_top5").GetDecimal() / 100)),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
