using System.Security.Cryptography;
using System.Text;
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

    private static readonly JsonSerializerOptions KnownOnly = new(Format) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary><c>preprocess</c>, <c>classify</c>, <c>featurize</c> or <c>labels</c>.</summary>
    public required string Kind { get; init; }

    public required string InputColumnName { get; init; }

    /// <summary>The column of pixels, scores, embeddings or keys.</summary>
    public required string OutputColumnName { get; init; }

    public string? PredictedLabelColumnName { get; init; }

    /// <summary>The column of text labels that becomes one of keys. Absent in older files, which leave it as it is.</summary>
    public string? TextLabelColumnName { get; init; }

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

    /// <summary>The payload's length. Absent in files of 0.1.0.</summary>
    public long? ModelBytes { get; init; }

    /// <summary>SHA-256 in hex digits of this JSON with an empty text in this place. Absent in files of 0.1.0.</summary>
    public string? HeaderHash { get; init; }

    public string ToJson()
    {
        var unsigned = JsonSerializer.Serialize(this with { HeaderHash = "" }, Format);
        return unsigned.Replace(HashProperty(""), HashProperty(Hash(unsigned)), StringComparison.Ordinal);
    }

    /// <summary>The property as JSON. It stands nowhere else in the text: in a value its quotes would be escaped.</summary>
    private static string HashProperty(string hash) => $"\"headerHash\":\"{hash}\"";

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <exception cref="FormatException">The text is no header, or not the one that was saved.</exception>
    public static SavedHeader Parse(string json)
    {
        try
        {
            var saved = JsonSerializer.Deserialize<SavedHeader>(json, Format) ?? throw new JsonException("It is empty.");
            // Without a hash it is of 0.1.0, whose properties are all known: another one is the damaged name of one of these, or of the hash.
            if (saved.HeaderHash is null) return JsonSerializer.Deserialize<SavedHeader>(json, KnownOnly)!;
            var unsigned = json.Replace(HashProperty(saved.HeaderHash), HashProperty(""), StringComparison.Ordinal);
            return Hash(unsigned) == saved.HeaderHash ? saved : throw new JsonException("It is not the one that was saved.");
        }
        catch (JsonException e)
        {
            throw new FormatException("The saved model is damaged, or of a later version than this Dla.MLNet: " +
                $"its header cannot be read ({e.Message}). Save it again, or update the package.", e);
        }
    }
}
