using System.Globalization;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Dla.MLNet;
using Dla.Models;

namespace Dla.Finetune;

/// <summary>Finds CIFAR-100 on this machine, or downloads it into the user's cache.</summary>
/// <param name="handler">Makes the requests; <see langword="null"/> for the network.</param>
/// <param name="cache">Where downloads are kept; <see langword="null"/> for the user's cache.</param>
internal sealed class Cifar100Source(HttpMessageHandler? handler = null, string? cache = null)
{
    public const string Archive = "cifar-100-binary.tar.gz", Folder = "cifar-100-binary", Variable = "DLA_DATA";

    /// <summary>The authors' page: www.cs.toronto.edu/~kriz/cifar.html.</summary>
    public static readonly Uri Address = new("https://www.cs.toronto.edu/~kriz/" + Archive);

    /// <summary>MD5 of the official archive, the hash that the authors publish beside it.</summary>
    public const string Md5 = "03b5dce01913d631647c71ecec9e9cb8";

    /// <summary>Most bytes that are taken. The authors' page gives the archive as 161 MB, and its hash decides in the end.</summary>
    public const long MaxBytes = 200_000_000;

    private readonly string _cache = cache ?? Cache;

    /// <summary>The user's cache, which weights are in too.</summary>
    public static string Cache => WeightStoreOptions.DefaultFolder();

    /// <summary>A connection that gives nothing for so long counts as broken.</summary>
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The archive or the folder of its files: in <paramref name="dataPath"/> where that is given, else by <c>DLA_DATA</c> or in the cache; or
    /// <see langword="null"/>.
    /// </summary>
    /// <exception cref="FileNotFoundException"><paramref name="dataPath"/> is given and does not hold CIFAR-100.</exception>
    public static string? Find(string? dataPath)
    {
        if (dataPath is not null)
            return FindIn(dataPath) ?? throw new FileNotFoundException($"CIFAR-100 is not in '{dataPath}'. " +
                $"Put {Archive} there, or unpack it there into {Folder}/.", dataPath);
        return FindIn(Environment.GetEnvironmentVariable(Variable)) ?? FindIn(Cache);
    }

    /// <summary>Downloads the official archive, checks its hash, and returns its path.</summary>
    /// <exception cref="IOException">It cannot be had; the message tells what to put where.</exception>
    public string Download(DatasetOptions options, CancellationToken cancel)
    {
        var remedy = $"Put {Archive} (the binary version, from {Address}) into '{_cache}', or set {Variable} to the folder that has it.";
        if (!options.AllowDownload) throw new FileNotFoundException($"CIFAR-100 is not on this machine. {remedy}");
        var path = Path.Combine(_cache, Archive);
        try
        {
            Directory.CreateDirectory(_cache);
            AtomicFile.Write(path, temporary =>
            {
                var hash = Receive(temporary, options.DownloadProgress, cancel);
                if (hash != Md5) throw new InvalidDataException($"what came has MD5 {hash}, not {Md5}");
            });
            return path;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or UnauthorizedAccessException
            || (e is TaskCanceledException && !cancel.IsCancellationRequested))
        {
            throw new IOException($"CIFAR-100 is not on this machine and could not be downloaded: {e.Message.TrimEnd('.')}. {remedy}", e);
        }
    }

    [SuppressMessage("Security", "CA5351", Justification = "The authors publish the archive's MD5 and no other hash.")]
    private string Receive(string temporary, IProgress<double>? progress, CancellationToken cancel)
    {
        using var client = handler is null ? new HttpClient(new SocketsHttpHandler { ConnectTimeout = new WeightStoreOptions().ConnectTimeout })
            : new HttpClient(handler, disposeHandler: false);
        using var request = new HttpRequestMessage(HttpMethod.Get, Address);
        using var response = client.Send(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"the server answered {(int)response.StatusCode} {CheckpointFile.Printable(response.ReasonPhrase ?? "")}".TrimEnd());
        if (response.Content.Headers.ContentLength is > MaxBytes and var announced) throw TooLong(announced);
        using var source = response.Content.ReadAsStream(cancel);
        using var target = File.Create(temporary);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var buffer = new byte[1 << 17];
        var received = 0L;
        for (int n; (n = Read(source, buffer, cancel)) > 0;)
        {
            if (received + n > MaxBytes) throw TooLong(received + n);
            target.Write(buffer.AsSpan(0, n));
            hash.AppendData(buffer.AsSpan(0, n));
            received += n;
            if (response.Content.Headers.ContentLength is { } length and > 0) progress?.Report((double)received / length);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static InvalidDataException TooLong(long length) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{length:N0} bytes or more came; the archive has 161 MB, and at most {MaxBytes:N0} bytes are taken"));

    private static int Read(Stream source, byte[] buffer, CancellationToken cancel)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        stall.CancelAfter(StallTimeout);
        try
        {
            return source.ReadAsync(buffer, stall.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new IOException($"nothing came for {StallTimeout.TotalSeconds:0} seconds");
        }
    }

    private static string? FindIn(string? place)
    {
        if (string.IsNullOrEmpty(place)) return null;
        if (LinkedFile.Find(place) is not null) return place;
        foreach (var folder in (string[])[Path.Combine(place, Folder), place])
            if (LinkedFile.Find(Path.Combine(folder, "train.bin")) is not null || LinkedFile.Find(Path.Combine(folder, "test.bin")) is not null) return folder;
        var archive = Path.Combine(place, Archive);
        return LinkedFile.Find(archive) is not null ? archive : null;
    }
}
