namespace Dla.Models;

/// <summary>A network with weights from a file or from the catalogue.</summary>
/// <param name="Network">The network, in training mode as every new module; call <c>eval()</c> for inference. The caller disposes it.</param>
/// <param name="Report">What loading did.</param>
/// <param name="Published">The catalogue's entry, where the weights are a published file's.</param>
public sealed record DlaPretrained(DlaNetwork Network, CheckpointLoadReport Report, PublishedWeights? Published)
{
    /// <summary>Where the weights are from, for a model card: the catalogue's name or the file's.</summary>
    public string Weights => Published?.Name ?? Path.GetFileName(Report.Path);

    /// <summary>Makes a network and loads weights into it.</summary>
    /// <param name="weights">A weight file of any format, or a name of the catalogue such as <c>dla34</c> or <c>official/dla34</c>, which is downloaded once.</param>
    /// <param name="options">The variant where the tensors do not tell it, another class count, and so on.</param>
    /// <param name="progress">Hears of a download.</param>
    /// <param name="cancel">Stops a download; loading takes less than a second.</param>
    /// <exception cref="FileNotFoundException"><paramref name="weights"/> is neither a file nor a name of the catalogue.</exception>
    /// <exception cref="WeightDownloadException">The published file cannot be had.</exception>
    /// <exception cref="CheckpointException">The file is damaged or unsafe, or is of another network (<see cref="CheckpointMismatchException"/>).</exception>
    /// <exception cref="ArgumentException">The catalogue's weights are of another variant than the options ask for.</exception>
    public static async Task<DlaPretrained> LoadAsync(string weights, DlaPretrainedOptions? options = null, IProgress<DownloadProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(weights);
        options ??= new DlaPretrainedOptions();
        if (File.Exists(weights) || Directory.Exists(weights)) return Load(weights, options, published: null);
        var published = PublishedWeights.TryParse(weights) ?? throw new FileNotFoundException(
            $"'{weights}' is neither a weight file nor a name of the catalogue. Name a file, or one of: {string.Join(", ", DlaVariant.All)} ('dla weights list' has all).", weights);
        if (options.Variant is { } variant && variant.Name != published.Variant.Name)
            throw new ArgumentException($"The weights '{weights}' are of {published.Variant.Name}, not of {variant.Name}. Leave the variant out, or use '{variant.Name}'.", nameof(options));
        var path = await (options.Store ?? new WeightStore()).PullAsync(published, progress, cancel).ConfigureAwait(false);
        return Load(path, options with { Variant = published.Variant }, published);
    }

    private static DlaPretrained Load(string path, DlaPretrainedOptions options, PublishedWeights? published)
    {
        using var checkpoint = Checkpoint.Open(path);
        var fit = options.Variant is { } variant ? checkpoint.Compare(variant) : checkpoint.FindVariant();
        if (!fit.IsComplete && options.Variant is null)
            throw new CheckpointMismatchException($"'{path}' is not of any published variant; the nearest is {fit.Variant.Name}. {fit.Describe()} Name the variant if it is one of your own.");
        var network = new DlaNetwork(fit.Variant, new DlaNetworkOptions
        {
            NumClasses = options.NumClasses ?? fit.NumClasses ?? 1000,
            InputChannels = options.InputChannels ?? fit.InputChannels ?? 3,
            Dropout = options.Dropout,
            Seed = options.Seed,
        });
        try
        {
            return new DlaPretrained(network, checkpoint.LoadInto(network), published);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
