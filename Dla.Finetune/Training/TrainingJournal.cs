using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dla.MLNet;

namespace Dla.Finetune;

/// <summary>What a checkpoint says beside its tensors: the recipe, where the run stands, and its history.</summary>
internal sealed record TrainingJournal
{
    /// <summary>The key among a checkpoint's texts.</summary>
    public const string MetadataKey = "dla.training";

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,   // a validation loss can be infinite for a while
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public int Version { get; init; } = 1;

    public required string Variant { get; init; }

    public required DlaTrainingOptions Options { get; init; }

    /// <summary>Training images; another number means another data set.</summary>
    public required int Images { get; init; }

    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>How scoring will prepare images; <see langword="null"/> in old checkpoints.</summary>
    public ImagePreprocessing? Preprocessing { get; init; }

    /// <summary>
    /// Which images the run learns from and is measured on, as <see cref="DatasetIdentity"/> tells; <see langword="null"/> in old checkpoints.
    /// </summary>
    public string? Data { get; init; }

    /// <summary>
    /// A hash of the start: weights, recipe and data. It says whether best weights belong to this run; <see langword="null"/> in checkpoints of 0.1.0.
    /// </summary>
    public string? Run { get; init; }

    /// <summary>Whether the checkpoint has a checksum; those of 0.1.0 do not.</summary>
    public bool HasChecksum { get; init; }

    /// <summary>Steps done.</summary>
    public long Step { get; init; }

    /// <summary>The sums of the pass that is under way.</summary>
    public TrainingSums Sums { get; init; } = new();

    /// <summary>The passes done.</summary>
    public IReadOnlyList<TrainingEpoch> Epochs { get; init; } = [];

    /// <summary>The pass that was best on the validation images; 0 for none yet.</summary>
    public int BestEpoch { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Format);

    /// <summary>The number of steps that a checkpoint's text says are done; <see langword="null"/> if it is none of this trainer.</summary>
    public static long? StepOf(string? json)
    {
        try
        {
            return json is null ? null : JsonSerializer.Deserialize<TrainingJournal>(json, Format)?.Step;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>This run, with <see cref="Run"/> of its start.</summary>
    public TrainingJournal WithRun(TrainingState state)
    {
        var recipe = Recipe(Options);
        recipe["epochs"] = Options.Epochs;
        recipe["threads"] = Options.Threads;
        var text = string.Join('\n', Variant, recipe.ToJsonString(Format), string.Join('\n', ClassNames), Text(Preprocessing), Data);
        return this with { Run = TrainingChecksum.Of(state.Values, [KeyValuePair.Create(MetadataKey, text)]), HasChecksum = true };
    }

    /// <summary>One line for each epoch.</summary>
    public string Log() => string.Concat(Epochs.Select(e => JsonSerializer.Serialize(e, Format) + "\n"));

    /// <summary>A table with one row for each epoch: times in seconds, fractions in [0, 1].</summary>
    public string LogTable() => "epoch,loss,top1,validation_loss,validation_top1,validation_top5,learning_rate,seconds,waited_seconds,bad_images\n"
        + string.Concat(Epochs.Select(e => string.Create(
            CultureInfo.InvariantCulture,
            $"{e.Epoch},{e.Loss},{e.Top1},{e.Validation?.Loss},{e.Validation?.Top1},{e.Validation?.Top5}," +
            $"{e.LearningRate},{e.Duration.TotalSeconds},{e.Waited.TotalSeconds},{e.BadImages}\n")));

    /// <summary>Reads a checkpoint's text and makes sure that this run may go on from it.</summary>
    /// <param name="json">The text; <see langword="null"/> where the file has none.</param>
    /// <param name="path">The checkpoint, for messages.</param>
    /// <param name="keepPrecision">Whether the run goes on in the number format it began in, rather than in that of these options.</param>
    /// <exception cref="InvalidDataException">It is damaged, or of another run.</exception>
    public TrainingJournal Continue(string? json, string path, bool keepPrecision)
    {
        TrainingJournal? saved;
        try
        {
            saved = json is null ? null : JsonSerializer.Deserialize<TrainingJournal>(json, Format);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new InvalidDataException($"'{path}' is not a checkpoint of this trainer: {e.Message} Train anew in another folder.", e);
        }
        if (saved is not { Version: 1 }) throw new InvalidDataException($"'{path}' is not a checkpoint of this trainer, " +
            "or of a later version. Train anew in another folder.");
        // written before there was a choice
        if (saved.Options.Precision == TrainingPrecision.Auto) saved = saved with { Options = saved.Options with { Precision = TrainingPrecision.Float32 } };
        // some said otherwise
        if (saved.Options.UsesEmbeddings) saved = saved with { Options = saved.Options with { Precision = TrainingPrecision.Float32 } };
        var options = keepPrecision ? Options with { Precision = saved.Options.Precision } : Options;
        var recipe = Differences(Recipe(saved.Options), Recipe(options)).ToList();
        var difference =
            saved.Variant != Variant ? $"trains {saved.Variant}, not {Variant}"
            : saved.Images != Images || !saved.ClassNames.SequenceEqual(ClassNames) ? $"learns from {saved.Images} images " +
                $"of {saved.ClassNames.Count} classes, this one from {Images} of {ClassNames.Count}, or from other classes"
            : saved.Data is not null && Data is not null && saved.Data != Data ? "learns from, or is measured on, other images than this one"
            : saved.Preprocessing is not null && Text(saved.Preprocessing) != Text(Preprocessing)
                ? $"prepares images in another way ({Text(saved.Preprocessing)}; now: {Text(Preprocessing)})"
            : recipe.Count > 0 ? $"has another recipe ({string.Join(", ", recipe)})"
            : null;
        if (difference is not null) throw new InvalidDataException($"The run in '{path}' {difference}. " +
            "Resume it with its own options, or train anew in another folder.");
        return saved with { Options = options, Data = Data, Preprocessing = Preprocessing };
    }

    private static IEnumerable<string> Differences(JsonObject saved, JsonObject now)
    {
        foreach (var name in saved.Concat(now).Select(p => p.Key).Distinct())
        {
            var (before, after) = (saved[name], now[name]);
            if (JsonNode.DeepEquals(before, after)) continue;
            if (before is JsonObject old && after is JsonObject other)
                foreach (var inner in Differences(old, other)) yield return inner;
            else yield return $"{name} {before?.ToJsonString() ?? "none"}, now {after?.ToJsonString() ?? "none"}";
        }
    }

    private static string Text(ImagePreprocessing? preprocessing) => JsonSerializer.Serialize(preprocessing, Format);

    /// <summary>What must be the same for a run to go on: all but its length and what does not change results.</summary>
    private static JsonObject Recipe(DlaTrainingOptions options) => JsonSerializer.SerializeToNode(options with
    {
        Epochs = 1,
        Threads = 1,
        Workers = 1,
        EarlyStoppingPatience = null,
        OnBadImage = default,   // matters with the first bad image only, which may come late
        ClassWeights = options.ClassWeights is { } weights ? new SortedDictionary<string, double>(weights.ToDictionary(), StringComparer.Ordinal) : null,
    }, Format)!.AsObject();
}
