using System.Security.Cryptography;

namespace Dla.Models;

/// <summary>Published weights in the user's cache, downloaded when they are not there yet.</summary>
/// <remarks>
/// <para>A file gets its final name only after its published hash, and that it really holds the variant's tensors, have been checked. Downloads
/// that broke off are resumed. Any number of threads and processes may ask for the same file at once: one of them downloads it.</para>
/// <para>The proxy variables (<c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>, <c>NO_PROXY</c>) are honoured.</para>
/// </remarks>
public sealed class WeightStore
{
    private readonly WeightStoreOptions _options;
    private readonly Lazy<HttpClient> _client;

    /// <summary>A store in the user's cache, or as the options say.</summary>
    public WeightStore(WeightStoreOptions? options = null)
    {
        _options = options ?? new WeightStoreOptions();
        _client = new Lazy<HttpClient>(() => CreateClient(_options));
    }

    /// <summary>Where the files are.</summary>
    public string Folder => Path.Combine(_options.Folder, "weights");

    /// <summary>The path of weights that are in the cache; else <see langword="null"/>.</summary>
    public string? Find(PublishedWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var path = Path.GetFullPath(Path.Combine(Folder, weights.FileName));
        return LinkedFile.Find(path) is { } file && (weights.Bytes is null || file.Length == weights.Bytes) ? path : null;
    }

    /// <summary>The path of the weights in the cache, after downloading them if need be.</summary>
    /// <exception cref="WeightDownloadException">No address gives them, or the store is offline; the message says why and what to do.</exception>
    public async Task<string> PullAsync(PublishedWeights weights, IProgress<DownloadProgress>? progress = null, CancellationToken cancel = default)
    {
        if (Find(weights) is { } cached) return cached;
        var path = Path.Combine(Folder, weights.FileName);
        var remedy = $"Fetch {weights.FileName} by other means, {weights.Addresses[0]}, and name it with --weights or put it into '{Folder}'.";
        if (_options.Offline) throw new WeightDownloadException($"{weights.Name} is not in the cache, and nothing may be downloaded (offline). {remedy}");
        await using var ours = await LockAsync(path + ".lock", weights.Addresses[0], progress, cancel).ConfigureAwait(false);
        if (Find(weights) is { } meanwhile) return meanwhile;

        var download = new WeightDownload(_client.Value, _options, progress);
        var problems = new List<string>();
        foreach (var address in Addresses(weights))
        {
            try
            {
                await FetchAsync(download, weights, address, path, cancel).ConfigureAwait(false);
                return path;
            }
            catch (WeightDownloadException e)
            {
                problems.Add(PublicAddress.Of($"{address}: {e.Message}."));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (File.Exists(path + ".part")) File.Delete(path + ".part");   // a full disk should not stay full
                throw Unwritable(path, e);
            }
        }
        throw new WeightDownloadException($"{weights.Name} could not be downloaded. {string.Join(" ", problems)} {remedy}");
    }

    /// <summary>The path of a weight file: the file itself, or the catalogue's, which is downloaded if need be.</summary>
    /// <param name="weights">A path, or a name such as <c>dla34</c> or <c>official/dla34</c>. A file of that name goes before the catalogue.</param>
    /// <param name="progress">Hears of a download.</param>
    /// <param name="cancel">Stops a download.</param>
    /// <exception cref="FileNotFoundException"><paramref name="weights"/> is neither.</exception>
    /// <exception cref="WeightDownloadException">The published file cannot be had.</exception>
    public async Task<string> ResolveAsync(string weights, IProgress<DownloadProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(weights);
        var published = PublishedWeights.TryParse(weights);
        if (File.Exists(weights) || (published is null && Directory.Exists(weights))) return weights;   // who reads it says that it is a folder
        if (published is null) throw new FileNotFoundException(
            $"'{weights}' is neither a weight file nor a name of the catalogue. Name a file, or one of: " +
                $"{string.Join(", ", DlaVariant.All)} ('dla weights list' has all).", weights);
        return await PullAsync(published, progress, cancel).ConfigureAwait(false);
    }

    private IEnumerable<Uri> Addresses(PublishedWeights weights)
    {
        if (_options.Mirror is { } mirror) yield return new Uri($"{mirror.AbsoluteUri.TrimEnd('/')}/{Uri.EscapeDataString(weights.FileName)}");
        foreach (var address in weights.Addresses) yield return address;
    }

    private static async Task FetchAsync(WeightDownload download, PublishedWeights weights, Uri address, string path, CancellationToken cancel)
    {
        if (address.Scheme != Uri.UriSchemeHttps && weights.Sha256 is null)
            throw new WeightDownloadException("plain HTTP is used only for files whose hash is published");
        var part = path + ".part";
        var resumed = await download.RunAsync(address, part, weights.Bytes, resume: weights.Sha256 is not null, cancel).ConfigureAwait(false);
        try
        {
            await CheckAsync(weights, part, cancel).ConfigureAwait(false);
        }
        catch (WeightDownloadException) when (resumed)
        {
            // The earlier bytes may be of another file: once more from the start.
            await download.RunAsync(address, part, weights.Bytes, resume: false, cancel).ConfigureAwait(false);
            await CheckAsync(weights, part, cancel).ConfigureAwait(false);
        }
        File.Move(part, path, overwrite: true);
    }

    /// <summary>Deletes the file where it is not what was published.</summary>
    private static async Task CheckAsync(PublishedWeights weights, string part, CancellationToken cancel)
    {
        try
        {
            await using (var file = File.OpenRead(part))
            {
                var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancel).ConfigureAwait(false));
                if (weights.Sha256 is { } expected && !hash.StartsWith(expected, StringComparison.Ordinal))
                    throw new WeightDownloadException($"the file's SHA-256 is {hash}, it should {(expected.Length < 64 ? "begin with" : "be")} {expected}");
            }
            using var checkpoint = Checkpoint.Open(part);
            var fit = checkpoint.Compare(weights.Variant);
            if (!fit.IsComplete || fit.NumClasses is null) throw new WeightDownloadException("the file does not hold " +
                $"the tensors of {weights.Variant.Name}. {(fit.IsComplete ? "It has no head" : fit.Describe().TrimEnd('.'))}");
        }
        catch (CheckpointException e)
        {
            File.Delete(part);
            throw new WeightDownloadException($"the file is not a sound weight file: {e.Message.TrimEnd('.')}", e);
        }
        catch (WeightDownloadException)
        {
            File.Delete(part);
            throw;
        }
    }

    /// <summary>Waits until no other thread or process downloads the file. The lock is the open file, so that it ends with its process.</summary>
    private static async Task<FileStream> LockAsync(string path, Uri address, IProgress<DownloadProgress>? progress, CancellationToken cancel)
    {
        for (var first = true; ; first = false)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                WeightDownload.DeleteLink(path);
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (IsInUse(e))
            {
                if (first) progress?.Report(new DownloadProgress(address, 0, null, "another download of this file is under way; waiting for it"));
                await Task.Delay(100, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Unwritable(path, e);
            }
        }
    }

    /// <summary>Whether another holds the file open: ERROR_SHARING_VIOLATION on Windows, EAGAIN on Linux and on macOS.</summary>
    private static bool IsInUse(IOException e) => e.HResult is unchecked((int)0x8007_0020) or 11 or 35;

    private static WeightDownloadException Unwritable(string path, Exception e) =>
        new($"'{path}' cannot be written: {e.Message.TrimEnd('.')}. Make room there, or set DLA_CACHE to another folder.", e);

    private static HttpClient CreateClient(WeightStoreOptions options)
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = options.ConnectTimeout, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (options.Proxy is { } proxy) handler.Proxy = proxy;
        var client = new HttpClient(handler)
        {
            Timeout = Timeout.InfiniteTimeSpan,   // large files take long; what counts is that bytes keep coming
        };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("dla");
        return client;
    }
}
