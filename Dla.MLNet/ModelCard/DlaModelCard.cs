using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dla.MLNet;

/// <summary>What an exported model says about itself: JSON in the ONNX file's <c>metadata_props</c>, key <see cref="MetadataKey"/>.</summary>
public sealed record DlaModelCard
{
    /// <summary>The key of the card among the ONNX file's metadata.</summary>
    public const string MetadataKey = "dla.card";

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>Version of the card's layout; readers accept their own and older ones. Now 1.</summary>
    public int CardVersion { get; init; } = 1;

    /// <summary>The DLA variant, such as <c>dla34</c>; <see langword="null"/> for another network.</summary>
    public string? Variant { get; init; }

    /// <summary>The names of the C classes, in the order of the logits.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>How an image becomes this model's input.</summary>
    public ImagePreprocessing Preprocessing { get; init; } = new();

    /// <summary>Where the weights come from, in a sentence: a published file and its hash, a seed, or a training run.</summary>
    public string? Weights { get; init; }

    /// <summary>How the model was trained; <see langword="null"/> when that is not known.</summary>
    public DlaTrainingRecord? Training { get; init; }

    /// <summary>How the model was quantized; <see langword="null"/> for a float model.</summary>
    public DlaQuantizationRecord? Quantization { get; init; }

    /// <summary>The card as indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Format);

    /// <summary>Reads the card of a model file, without its weights.</summary>
    /// <param name="modelPath">The ONNX file.</param>
    /// <returns>The card, or <see langword="null"/> for a file of another exporter.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">It is not a complete ONNX file, or its card cannot be read.</exception>
    public static DlaModelCard? Load(string modelPath)
    {
        using var source = ModelSource.FromFile(modelPath);
        using var bytes = source.Open();
        return OnnxOutline.Read(bytes, source.Name).Metadata.TryGetValue(MetadataKey, out var json) ? Parse(json) : null;
    }

    /// <summary>Reads a card.</summary>
    /// <exception cref="FormatException">The text is not a card, or one of a later layout than this library knows.</exception>
    public static DlaModelCard Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("cardVersion", out var version)
                && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out var number) && number > 1)
                throw new FormatException($"The model card has version {number}; this version of Dla.MLNet knows 1. Update the package.");
            var card = ModelCardReader.Read(document.RootElement);
            card.Preprocessing.Validate();
            return card;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)   // the last for half a surrogate pair
        {
            throw new FormatException($"The model card ('{MetadataKey}' in the ONNX metadata) cannot be read: {e.Message} Export the model again.", e);
        }
    }
}
