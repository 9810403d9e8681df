using System.ComponentModel.DataAnnotations;
using Dla.MLNet;

namespace Dla.WebApp;

/// <summary>The section <c>Classifier</c> of the configuration.</summary>
internal sealed record ClassifierSettings
{
    public const string Section = "Classifier";

    /// <summary>The ONNX file; relative paths start from the application's folder. Default: the one file in <c>Models</c>.</summary>
    public string? ModelPath { get; init; }

    /// <summary>The largest image file, in bytes. Default: 10 MiB.</summary>
    [Range(1, 1 << 30)]
    public int MaxUploadBytes { get; init; } = 10 << 20;

    /// <summary>The largest image, in pixels; decoding takes about 4 bytes for each. Default: 50 million.</summary>
    [Range(1, 536_870_897)]
    public long MaxPixels { get; init; } = 50_000_000;

    /// <summary>Images classified at the same time. Default: one per processor, which is what the engine can do.</summary>
    [Range(1, 1024)]
    public int Concurrency { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// How an image uses the processors. Default: one each, which keeps the times of requests even; <c>Latency</c> gives all to one image, for large
    /// models and few users.
    /// </summary>
    public ScoringMode Mode { get; init; } = ScoringMode.Throughput;

    /// <summary>Where the model runs: <c>cpu</c>, or <c>cuda:0</c> in a build with <c>-p:DlaDevice=cuda</c>. Default: <c>cpu</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Images that wait for one of those places; more are turned away with 503. Default: 8 per processor.</summary>
    [Range(0, 10_000)]
    public int Queue { get; init; } = 8 * Environment.ProcessorCount;

    /// <summary>
    /// Requests at the same time, from the first byte to the answer; those beyond are turned away with 503. A body takes its length in memory, a form and a
    /// body of unknown length up to three times that. Default: 64, or twice the images that are classified or wait where that is more, and no more than fill a
    /// quarter of the memory that .NET may use, but one more than are classified in any case.
    /// </summary>
    [Range(1, 10_000)]
    public int? Uploads { get; init; }

    /// <summary>What 503 answers say in Retry-After, in seconds. Default: 1.</summary>
    [Range(1, 3600)]
    public int RetryAfterSeconds { get; init; } = 1;

    /// <summary><see cref="Uploads"/>, or its default on this machine.</summary>
    public int UploadPlaces
    {
        get
        {
            var places = Concurrency + Queue;
            var fit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 / MaxUploadBytes;
            return Uploads ?? (int)Math.Max(Concurrency + 1, Math.Min(fit, Math.Max(64, 2 * places)));
        }
    }

    /// <summary>The path of the model file.</summary>
    /// <exception cref="InvalidOperationException">There is none, or more than one to choose from.</exception>
    public string FindModel()
    {
        if (ModelPath is not null) return Path.Combine(AppContext.BaseDirectory, ModelPath);
        var folder = Path.Combine(AppContext.BaseDirectory, "Models");
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.onnx") : [];
        return files.Length == 1 ? files[0] : throw new InvalidOperationException(
            $"'{folder}' holds {files.Length} ONNX files; exactly one is expected. Name the model in {Section}:{nameof(ModelPath)}.");
    }
}
