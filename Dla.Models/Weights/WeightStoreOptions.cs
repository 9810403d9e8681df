namespace Dla.Models;

/// <summary>Where downloaded weights are kept, and how they are fetched.</summary>
public sealed record WeightStoreOptions
{
    /// <summary>
    /// The cache. Default: <c>DLA_CACHE</c>, else <c>dla</c> in <c>XDG_CACHE_HOME</c> or <c>~/.cache</c>, on Windows in the local application data.
    /// </summary>
    public string Folder { get; init; } = DefaultFolder();

    /// <summary>Whether to use nothing but the cache. Default: <see langword="false"/>.</summary>
    public bool Offline { get; init; }

    /// <summary>A folder on the web that has the files under their cache names, tried first. Default: <c>DLA_MIRROR</c>, else none.</summary>
    public Uri? Mirror { get; init; } = Environment.GetEnvironmentVariable("DLA_MIRROR") is { Length: > 0 } mirror ? ParseMirror(mirror) : null;

    /// <summary>How long to wait for the next bytes before a connection counts as stalled. Default: 30 seconds.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long to wait for a connection, with the answer of a proxy to CONNECT and the agreement on encryption. Another attempt is not made then.
    /// Default: 15 seconds.
    /// </summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How often to try an address whose connection breaks or stalls before it has brought 64 KiB more; what has arrived is kept. Default: 4.
    /// </summary>
    public int Attempts { get; init; } = 4;

    /// <summary>Pause before the second attempt; each further one is twice as long. Default: 0.4 seconds.</summary>
    internal TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(0.4);

    /// <summary>The proxy. Default: what the environment says.</summary>
    internal System.Net.IWebProxy? Proxy { get; init; }

    internal static string DefaultFolder()
    {
        if (Environment.GetEnvironmentVariable("DLA_CACHE") is { Length: > 0 } cache) return cache;
        var parent = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(parent, "dla");
    }

    private static Uri ParseMirror(string text) => Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"
        ? uri
        : throw new ArgumentException($"DLA_MIRROR is '{PublicAddress.Of(text)}'; an http or https address of a folder was expected.");
}
