using System.Text.Json;

namespace Dla.MLNet;

/// <summary>Reads a model card from its JSON.</summary>
/// <remarks>
/// By hand, because every process that opens a model does it first, and once: the reflection of <see cref="JsonSerializer"/> costs such a process about as much
/// as the first image. What the text lacks keeps its default, and what it has besides is passed over, so that cards of other minor versions can be read.
/// </remarks>
internal static class ModelCardReader
{
    public static DlaModelCard Read(JsonElement json) => Fold(new DlaModelCard(), json, "the card", (card, p) => p.Name switch
    {
        not ("classNames" or "preprocessing") when p.Value.ValueKind == JsonValueKind.Null => card,
        "cardVersion" => card with { CardVersion = Whole(p) },
        "variant" => card with { Variant = Text(p) },
        "classNames" => card with { ClassNames = List(p, Text) },
        "preprocessing" => card with { Preprocessing = Preprocessing(p) },
        "weights" => card with { Weights = Text(p) },
        "training" => card with { Training = Training(p) },
        "quantization" => card with { Quantization = Quantization(p) },
        _ => card,
    });

    private static ImagePreprocessing Preprocessing(JsonProperty json) =>
        Fold(new ImagePreprocessing(), json.Value, $"'{json.Name}'", (preprocessing, p) => p.Name switch
    {
        "resizeShortSide" => preprocessing with { ResizeShortSide = Whole(p) },
        "cropSize" => preprocessing with { CropSize = Whole(p) },
        "interpolation" => preprocessing with { Interpolation = Interpolation(p) },
        "orientation" => preprocessing with { Orientation = Orientation(p) },
        "mean" => preprocessing with { Mean = List(p, Single) },
        "std" => preprocessing with { Std = List(p, Single) },
        _ => preprocessing,
    });

    private static ImageInterpolation Interpolation(JsonProperty p) => Text(p) switch
    {
        "bilinear" => ImageInterpolation.Bilinear,
        "bicubic" => ImageInterpolation.Bicubic,
        _ => throw Wrong(p.Name, p.Value, "'bilinear' or 'bicubic'"),
    };

    private static ImageOrientation Orientation(JsonProperty p) => Text(p) switch
    {
        "upright" => ImageOrientation.Upright,
        "asStored" => ImageOrientation.AsStored,
        _ => throw Wrong(p.Name, p.Value, "'upright' or 'asStored'"),
    };

    private static DlaTrainingRecord Training(JsonProperty json) => Fold(new DlaTrainingRecord(), json.Value, $"'{json.Name}'", (training, p) => p.Name switch
    {
        not "epochs" when p.Value.ValueKind == JsonValueKind.Null => training,
        "data" => training with { Data = Text(p) },
        "epochs" => training with { Epochs = Whole(p) },
        "recipe" => training with { Recipe = Text(p) },
        "measuredOn" => training with { MeasuredOn = Text(p) },
        "top1" => training with { Top1 = Double(p.Name, p.Value) },
        "top5" => training with { Top5 = Double(p.Name, p.Value) },
        _ => training,
    });

    private static DlaQuantizationRecord Quantization(JsonProperty json)
    {
        foreach (var required in (ReadOnlySpan<string>)["scheme", "calibration"])
            if (json.Value.ValueKind == JsonValueKind.Object && !json.Value.TryGetProperty(required, out _))
                throw new JsonException($"'{json.Name}' lacks '{required}'.");
        return Fold(new DlaQuantizationRecord { Scheme = "", Calibration = "" }, json.Value, $"'{json.Name}'", (quantization, p) => p.Name switch
        {
            "scheme" => quantization with { Scheme = Text(p) },
            "calibration" => quantization with { Calibration = Text(p) },
            "calibrationImages" => quantization with { CalibrationImages = Whole(p) },
            "keptFloat" => quantization with { KeptFloat = List(p, Text) },
            _ => quantization,
        });
    }

    /// <summary>Takes one property after the other.</summary>
    private static T Fold<T>(T value, JsonElement json, string name, Func<T, JsonProperty, T> take) where T : class
    {
        if (json.ValueKind != JsonValueKind.Object) throw Wrong(name, json, "an object");
        foreach (var property in json.EnumerateObject()) value = take(value, property);
        return value;
    }

    private static T[] List<T>(JsonProperty p, Func<string, JsonElement, T> item)
    {
        if (p.Value.ValueKind != JsonValueKind.Array) throw Wrong(p.Name, p.Value, "a list");
        var items = new T[p.Value.GetArrayLength()];
        var i = 0;
        foreach (var element in p.Value.EnumerateArray()) items[i++] = item(p.Name, element);
        return items;
    }

    private static string Text(JsonProperty p) => Text(p.Name, p.Value);

    private static string Text(string name, JsonElement json) => json.ValueKind == JsonValueKind.String ? json.GetString()! : throw Wrong(name, json, "a text");

    private static int Whole(JsonProperty p) =>
        p.Value.ValueKind == JsonValueKind.Number && p.Value.TryGetInt32(out var number) ? number : throw Wrong(p.Name, p.Value, "a whole number");

    // JSON has no infinity, but 1e999 is read as one, and could not be written again.
    private static float Single(string name, JsonElement json) =>
        Number(name, json).TryGetSingle(out var number) && float.IsFinite(number) ? number : throw Wrong(name, json, "a smaller number");

    private static double Double(string name, JsonElement json) =>
        Number(name, json).TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Wrong(name, json, "a smaller number");

    private static JsonElement Number(string name, JsonElement json) =>
        json.ValueKind == JsonValueKind.Number ? json : throw Wrong(name, json, "a number");

    private static JsonException Wrong(string name, JsonElement json, string expected)
    {
        var found = json.GetRawText();
        return new JsonException($"{name} is {(found.Length > 60 ? found[..60] + "…" : found)}; {expected} is expected.");
    }
}
