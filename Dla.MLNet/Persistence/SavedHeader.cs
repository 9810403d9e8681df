using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dla.MLNet;

/// <summary>What a saved transformer's header says, as JSON. Names and meanings are for ever; a newer version may add properties with defaults.</summary>
internal sealed record SavedHeader
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary><c>preprocess</c>, <c>classify</c>, <c>featurize</c> or <c>labels</c>.</summary>
    public required string Kind { get; init; }

    public required string InputColumnName { get; init; }

    /// <summary>The column of pixels, scores, embeddings or keys.</summary>
    public required string OutputColumnName { get; init; }

    public string? PredictedLabelColumnName { get; init; }

    public string ImageErrorColumnName { get; init; } = "ImageError";

    public BadImageHandling OnBadImage { get; init; }

    public string? ImageFolder { get; init; }

    public long MaxPixels { get; init; } = ImagePreprocessor.DefaultMaxPixels;

    /// <summary>Absent where the saving process used the default, so that the loading one uses its own.</summary>
    public int? Parallelism { get; init; }

    public ImagePreprocessing? Preprocessing { get; init; }

    public IReadOnlyList<string>? ClassNames { get; init; }

    public UnknownLabelHandling? UnknownLabel { get; init; }

    /// <summary>Absent where the saving process named none, so that the loading context's counts.</summary>
    public string? Device { get; init; }

    public bool? FallbackToCpu { get; init; }

    public int? BatchSize { get; init; }

    public ScoringMode? Mode { get; init; }

    /// <summary>What the model was called when it was saved, for messages.</summary>
    public string? ModelPath { get; init; }

    /// <summary>SHA-256 of the payload in hex digits: .NET does not check a zip's checksums. Absent in older files.</summary>
    public string? ModelHash { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Format);

    /// <exception cref="FormatException">The text is no header.</exception>
    public static SavedHeader Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<SavedHeader>(json, Format) ?? throw new FormatException("The saved model is damaged: " +
                "its header is empty. Save it again.");
        }
        catch (JsonException e)
        {
            throw new FormatException("The saved model is damaged, or of a later version than this Dla.MLNet: " +
                $"its header cannot be read ({e.Message}). Save it again, or update the package.", e);
        }
    }
}
