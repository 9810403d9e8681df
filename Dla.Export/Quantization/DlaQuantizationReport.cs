using System.Text.Json;
using System.Text.Json.Serialization;
using Dla.MLNet;

namespace Dla.Export;

/// <summary>What quantizing a model did to it.</summary>
public sealed record DlaQuantizationReport
{
    /// <summary>The int8 file.</summary>
    public required string Path { get; init; }

    /// <summary>Its size in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The float file's size in bytes.</summary>
    public required long FloatBytes { get; init; }

    /// <summary>Images that the ranges were measured on.</summary>
    public required int CalibrationImages { get; init; }

    /// <summary>Of these, images that the two models were compared on.</summary>
    public required int ComparisonImages { get; init; }

    /// <summary>The methods that were tried, and what they gave.</summary>
    public required IReadOnlyList<DlaCalibrationTrial> Trials { get; init; }

    /// <summary>The method that was taken.</summary>
    public required DlaCalibrationMethod Method { get; init; }

    /// <summary>How much of int8 the weights use.</summary>
    public required DlaWeightRange WeightRange { get; init; }

    /// <summary>Signal-to-noise ratio of the logits in decibels, over the comparison images.</summary>
    public required double Snr { get; init; }

    /// <summary>Fraction in [0, 1] of the comparison images with the float model's best class.</summary>
    public required double Agreement { get; init; }

    /// <summary>Number of nodes by operator in the graph that ONNX Runtime makes of the file on this machine.</summary>
    public required IReadOnlyDictionary<string, int> OptimizedNodes { get; init; }

    /// <summary>
    /// Convolutions, matrix products, additions, concatenations, poolings and ReLUs that ONNX Runtime still computes in float on this machine.
    /// </summary>
    public required IReadOnlyList<string> FloatInOptimizedGraph { get; init; }

    /// <summary>Every layer, in the order of the graph.</summary>
    public required IReadOnlyList<DlaLayerNoise> Layers { get; init; }

    /// <summary>Operators that are not known here and stay float, with the names of their nodes.</summary>
    [JsonIgnore]
    public IEnumerable<(string Operator, IReadOnlyList<string> Nodes)> FloatOperators =>
        Layers.Where(l => l.Float is not null).GroupBy(l => l.Operator).Select(g => (g.Key, (IReadOnlyList<string>)[.. g.Select(l => l.Name)]));

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        WriteIndented = true,
    };

    /// <summary>Writes the report as JSON.</summary>
    public void WriteJson(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, Format));
}
