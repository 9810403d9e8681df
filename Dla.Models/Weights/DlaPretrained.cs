using System.Security.Cryptography;
using System.Text.Json;

namespace Dla.Models;

/// <summary>A network with weights from a file or from the catalogue.</summary>
/// <param name="Network">The network, in training mode as every new module; call <c>eval()</c> for inference. The caller disposes it.</param>
/// <param name="Report">What loading did.</param>
/// <param name="Published">The catalogue's entry, where the weights are a published file's, by name or by its hash.</param>
/// <param name="Sha256">The file's SHA-256 in lower-case hex.</param>
public sealed record DlaPretrained(DlaNetwork Network, CheckpointLoadReport Report, PublishedWeights? Published, string Sha256)
{
    /// <summary>The key of a safetensors file's metadata that has the class names, as a JSON array of texts.</summary>
    public const string ClassNamesKey = "dla.class_names";

    /// <summary>Where the weights are from, for a model card: the catalogue's name or the file's, and the hash.</summary>
    public string Weights => $"{Published?.Name ?? Path.GetFileName(Report.Path)}, SHA-256 {Sha256}";

    /// <summary>The names of the head's classes: ImageNet's for published weights, or those saved in the file; empty where they are not known.</summary>
    public IReadOnlyList<string> ClassNames { get; private init; } = [];

    /// <summary>The texts saved in the file beside the tensors (safetensors only).</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; private init; } = new Dictionary<string, string>();

    /// <summary>Makes a network and loads weights into it.</summary>
    /// <param name="weights">
    /// A weight file of any format, or a name of the catalogue such as <c>dla34</c> or <c>official/dla34</c>, which is downloaded once.
    /// </param>
    /// <param name="options">The variant where the tensors do not tell it, another class count, and so on.</param>
    /// <param name="progress">Hears of a download.</param>
    /// <param name="cancel">Stops a download; loading takes less than a second.</param>
    /// <exception cref="FileNotFoundException"><paramref name="weights"/> is neither a file nor a name of the catalogue.</exception>
    /// <exception cref="WeightDownloadException">The published file cannot be had.</exception>
    /// <exception cref="CheckpointException">The file is damaged or unsafe, or is of another network (<see cref="CheckpointMismatchException"/>).</exception>
    /// <exception cref="ArgumentException">The catalogue's weights are of another variant than the options ask for.</exception>
    public static async Task<DlaPretrained> LoadAsync(string weights, DlaPretrainedOptions? options = null, IProgress<DownloadProgress>? progress = null,
        CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(weights);
        options ??= new DlaPretrainedOptions();
        var store = options.Store ?? new WeightStore();
        if (File.Exists(weights) || PublishedWeights.TryParse(weights) is not { } published)
            return Load(await store.ResolveAsync(weights, progress, cancel).ConfigureAwait(false), options, published: null);
        if (options.Variant is { } variant && variant.Name != published.Variant.Name)
            throw new ArgumentException($"The weights '{weights}' are of {published.Variant.Name}, " +
                $"not of {variant.Name}. Leave the variant out, or use '{variant.Name}'.", nameof(options));
        return Load(await store.PullAsync(published, progress, cancel).ConfigureAwait(false), options with { Variant = published.Variant }, published);
    }

    private static DlaPretrained Load(string path, DlaPretrainedOptions options, PublishedWeights? published)
    {
        using var checkpoint = Checkpoint.Open(path);
        var fit = options.Variant is { } variant ? checkpoint.Compare(variant) : checkpoint.FindVariant();
        if (!fit.IsComplete)
        {
            throw options.Variant is not null ? CheckpointLoader.Mismatch(checkpoint, fit)
                : new CheckpointMismatchException($"'{path}' is not of any published variant; " +
                    $"the nearest is {fit.Variant.Name}. {fit.Describe()} Name the variant if it is one of your own.");
        }
        var network = DlaAllocation.Create(fit.Variant, new DlaNetworkOptions
        {
            NumClasses = options.NumClasses ?? fit.NumClasses ?? 0,
            InputChannels = options.InputChannels ?? fit.InputChannels ?? 3,
            Dropout = options.Dropout,
            Seed = options.Seed,
        });
        try
        {
            var hash = HashOf(path);
            published ??= PublishedWeights.All.FirstOrDefault(w => w.Variant == fit.Variant && w.Sha256 is { } known
                && hash.StartsWith(known, StringComparison.Ordinal));
            var report = checkpoint.LoadInto(network);
            return new DlaPretrained(network, report, published, hash)
            {
                ClassNames = NamesOf(checkpoint, published, report, network.Options.NumClasses),
                Metadata = checkpoint.Metadata,
            };
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static IReadOnlyList<string> NamesOf(Checkpoint checkpoint, PublishedWeights? published, CheckpointLoadReport report, int classes)
    {
        if (report.ReplacedHeadClasses is not null || classes == 0) return [];
        if (published is not null && classes == ImageNetClasses.Names.Count) return ImageNetClasses.Names;
        if (!checkpoint.Metadata.TryGetValue(ClassNamesKey, out var json)) return [];
        try
        {
            var names = JsonSerializer.Deserialize<string[]>(json);
            return names?.Length == classes && Array.TrueForAll(names, n => n is not null)
                ? names : throw new JsonException($"It names {names?.Length ?? 0} classes, " +
                $"the head has {classes}.");
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"'{checkpoint.Path}' has malformed class names ('{ClassNamesKey}' of its metadata): {e.Message}", e);
        }
    }
}
