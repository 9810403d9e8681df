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

    /// <summary>The largest image, in pixels. Default: 50 million.</summary>
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

    /// <summary>How long an image waits for a place, and then for memory, before it is turned away with 503, in seconds. Default: 20.</summary>
    [Range(0.1, 3600)]
    public double WaitSeconds { get; init; } = 20;

    /// <summary>
    /// Bytes that the images being decoded take at the same time; see <see cref="ImageMemoryBudget"/>. Default: half of the
    /// memory that .NET may use.
    /// </summary>
    [Range(1, long.MaxValue)]
    public long? ImageBytes { get; init; }

    /// <summary>
    /// Bytes of all uploads that are on their way or wait; those beyond are turned away with 503. Default: a sixth of the memory
    /// that .NET may use. One image of <see cref="MaxUploadBytes"/> fits in any case.
    /// </summary>
    [Range(1, long.MaxValue)]
    public long? UploadBytes { get; init; }

    /// <summary>Connections at the same time; more are closed at once. Each takes some kilobytes, however slow. Default: 2,000.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; init; } = 2_000;

    /// <summary>What 503 answers say in Retry-After, in seconds. Default: 1.</summary>
    [Range(1, 3600)]
    public int RetryAfterSeconds { get; init; } = 1;

    /// <summary><see cref="UploadBytes"/>, or its default on this machine.</summary>
    public long UploadRoom => Math.Max(UploadBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 6, Upload.Room(MaxUploadBytes));

    /// <summary><see cref="WaitSeconds"/> as a time.</summary>
    public TimeSpan LongestWait => TimeSpan.FromSeconds(WaitSeconds);

    /// <summary>The settings of a configuration, checked.</summary>
    /// <exception cref="ValidationException">A value is out of its range.</exception>
    /// <exception cref="InvalidOperationException">A value is of the wrong kind, or there is no such setting.</exception>
    public static ClassifierSettings Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var names = typeof(ClassifierSettings).GetProperties().Where(p => p.SetMethod is not null).Select(p => p.Name).Order().ToList();
        if (section.GetChildren().FirstOrDefault(c => !names.Contains(c.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            throw new InvalidOperationException($"'{unknown.Path}' is not a setting. Use one of: {string.Join(", ", names)}.");
        var settings = section.Get<ClassifierSettings>() ?? new ClassifierSettings();
        Validator.ValidateObject(settings, new ValidationContext(settings), validateAllProperties: true);
        return settings;
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
