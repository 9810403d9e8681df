using System.Globalization;
using System.Security.Cryptography;

namespace Dla.Models.Tests;

public sealed class WeightStoreTests : IAsyncLifetime
{
    private static readonly byte[] Bytes = File.ReadAllBytes(Path.Combine(TinyCheckpoints.Folder, "timm.safetensors"));
    private static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData(Bytes));

    private readonly string _folder = Directory.CreateTempSubdirectory("dla-store-").FullName;
    private WeightServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WeightServer.StartAsync(Bytes);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private WeightStore Store(double stallSeconds = 10, bool offline = false, Uri? mirror = null, int attempts = 4) =>
        new(new WeightStoreOptions { Folder = _folder, StallTimeout = TimeSpan.FromSeconds(stallSeconds), Offline = offline, Mirror = mirror, Attempts = attempts,
            RetryDelay = TimeSpan.FromMilliseconds(5) });

    private PublishedWeights Weights(params string[] paths) => new()
    {
        Variant = TinyCheckpoints.Variant,
        Source = WeightSource.Timm,
        Addresses = [.. paths.Select(p => _server[p])],
        FileName = "tiny.safetensors",
        Sha256 = Hash,
        Accuracy = new PublishedAccuracy(0, 0),
    };

    private string[] FilesBeside(string name) => [.. Directory.GetFiles(Path.Combine(_folder, "weights")).Select(f => Path.GetFileName(f)!)
        .Where(f => f != name && !f.EndsWith(".lock", StringComparison.Ordinal))];

    [Theory]
    [InlineData("good")]
    [InlineData("redirect")]
    [InlineData("no-ranges")]
    [InlineData("busy-once")]
    public async Task A_file_that_the_server_has_is_fetched_once(string path)
    {
        var weights = Weights(path);
        var pulled = await Store().PullAsync(weights);
        Assert.Equal(Path.Combine(_folder, "weights", "tiny.safetensors"), pulled);
        Assert.Equal(Bytes, await File.ReadAllBytesAsync(pulled));
        var requests = _server.Requests.Count;
        Assert.Equal(pulled, await Store().PullAsync(weights));
        Assert.Equal(pulled, await Store(offline: true).PullAsync(weights));
        Assert.Equal(requests, _server.Requests.Count);
        Assert.Empty(FilesBeside("tiny.safetensors"));
    }

    [Fact]
    public async Task A_dropped_connection_is_resumed_where_it_broke()
    {
        await Store().PullAsync(Weights("drops"));
        Assert.Equal(["/drops", $"/drops bytes={Bytes.Length / 3}-", $"/drops bytes={Bytes.Length / 3 * 2}-", $"/drops bytes={Bytes.Length / 3 * 3}-"],
            _server.Requests.Take(4));
    }

    [Fact]
    public async Task Without_ranges_a_dropped_connection_fails_after_some_attempts()
    {
        var error = await Assert.ThrowsAsync<WeightDownloadException>(() => Store().PullAsync(Weights("drops-no-ranges")));
        Assert.Contains("4 attempts", error.Message, StringComparison.Ordinal);
        Assert.Contains("--weights", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, _server.Requests.Count);   // the first brought a third of the file, the four after it no more
        Assert.Null(Store().Find(Weights("good")));
    }

    [Theory]
    [InlineData("stalls")]
    [InlineData("silent")]
    public async Task A_stalled_connection_is_given_up(string path)
    {
        var error = await Assert.ThrowsAsync<WeightDownloadException>(() => Store(stallSeconds: 0.2).PullAsync(Weights(path)));
        Assert.Contains("nothing came for 0.2 seconds", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing", "404")]
    [InlineData("page", "web page")]
    [InlineData("page-as-file", "web page")]
    [InlineData("endless", "more than the {0:N0} bytes of the file")]
    public async Task What_is_not_the_file_is_told_without_a_retry(string path, string reason)
    {
        var error = await Assert.ThrowsAsync<WeightDownloadException>(() => Store().PullAsync(Weights(path) with { Bytes = Bytes.Length }));
        Assert.Contains(string.Format(CultureInfo.CurrentCulture, reason, Bytes.Length), error.Message, StringComparison.Ordinal);
        Assert.Single(_server.Requests);
        Assert.Null(Store().Find(Weights("good")));
    }

    [Fact]
    public async Task A_wrong_hash_leaves_no_file()
    {
        var error = await Assert.ThrowsAsync<WeightDownloadException>(() => Store().PullAsync(Weights("good") with { Sha256 = "ba72cf86" }));
        Assert.Contains($"SHA-256 is {Hash}, it should begin with ba72cf86", error.Message, StringComparison.Ordinal);
        Assert.Empty(FilesBeside(""));
    }

    [Fact]
    public async Task A_hash_prefix_is_enough() => await Store().PullAsync(Weights("good") with { Sha256 = Hash[..8] });

    [Fact]
    public async Task The_next_address_is_tried_and_https_is_wanted_where_no_hash_is_published()
    {
        await Store().PullAsync(Weights("missing", "page", "good"));
        Assert.Equal(3, _server.Requests.Count);
        var error = await Assert.ThrowsAsync<WeightDownloadException>(() => Store().PullAsync(Weights("good") with { FileName = "other", Sha256 = null }));
        Assert.Contains("plain HTTP", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_of_another_file_is_found_out_and_fetched_anew()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "weights"));
        await File.WriteAllBytesAsync(Path.Combine(_folder, "weights", "tiny.safetensors.part"), new byte[5000]);
        Assert.Equal(Bytes, await File.ReadAllBytesAsync(await Store().PullAsync(Weights("good"))));
        Assert.Equal(["/good bytes=5000-", "/good"], _server.Requests);
    }

    [Fact]
    public async Task A_part_that_is_too_long_is_fetched_anew()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "weights"));
        await File.WriteAllBytesAsync(Path.Combine(_folder, "weights", "tiny.safetensors.part"), new byte[Bytes.Length + 1]);
        Assert.Equal(Bytes, await File.ReadAllBytesAsync(await Store().PullAsync(Weights("good"))));
    }

    [Fact]
    public async Task A_part_that_cannot_be_written_is_told()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "weights", "tiny.safetensors.part"));
        var error = await Assert.ThrowsAsync<WeightDownloadException>(() => Store().PullAsync(Weights("good")));
        Assert.Contains("cannot be written", error.Message, StringComparison.Ordinal);
        Assert.Contains("DLA_CACHE", error.Message, StringComparison.Ordinal);
        Assert.Empty(FilesBeside(""));
    }

    [Fact]
    public async Task A_connection_that_breaks_again_and_again_but_brings_more_each_time_is_gone_on_with()
    {
        var pulled = await Store(attempts: 2).PullAsync(Weights("drops-often"));
        Assert.Equal(Bytes, await File.ReadAllBytesAsync(pulled));
        Assert.InRange(_server.Requests.Count, 4, 10);
        var error = await Assert.ThrowsAsync<WeightDownloadException>(() => Store().PullAsync(Weights("drips") with { FileName = "drips" }));
        Assert.Contains("4 attempts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_that_no_further_bytes_make_right_is_deleted_and_any_other_is_kept()
    {
        await Assert.ThrowsAsync<WeightDownloadException>(() => Store().PullAsync(Weights("endless") with { Bytes = Bytes.Length }));
        Assert.Empty(FilesBeside(""));
        await File.WriteAllBytesAsync(Path.Combine(_folder, "weights", "tiny.safetensors.part"), Bytes[..5000]);
        await Assert.ThrowsAsync<WeightDownloadException>(() => Store().PullAsync(Weights("missing")));
        Assert.Equal(["tiny.safetensors.part"], FilesBeside(""));
        await Store().PullAsync(Weights("good"));
        Assert.Equal("/good bytes=5000-", _server.Requests.Last());
    }

    [Fact]
    public async Task Links_in_the_cache_are_replaced_and_not_followed()
    {
        Assert.SkipUnless(!OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        var weights = Directory.CreateDirectory(Path.Combine(_folder, "weights")).FullName;
        var (precious, path) = (Path.Combine(_folder, "precious"), Path.Combine(weights, "tiny.safetensors"));
        await File.WriteAllTextAsync(precious, "precious");
        File.CreateSymbolicLink(path, Path.Combine(_folder, "nowhere"));
        File.CreateSymbolicLink(Path.Combine(weights, "circle"), Path.Combine(weights, "circle"));
        Assert.Null(Store().Find(Weights("good") with { FileName = "circle" }));
        File.CreateSymbolicLink(path + ".part", precious);
        File.CreateSymbolicLink(path + ".lock", Path.Combine(_folder, "made-by-the-lock"));
        Assert.Null(Store().Find(Weights("good")));
        Assert.Equal(Bytes, await File.ReadAllBytesAsync(await Store().PullAsync(Weights("good"))));
        Assert.Null(new FileInfo(path).LinkTarget);
        Assert.Equal("precious", await File.ReadAllTextAsync(precious));
        Assert.Equal(["precious"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_link_to_the_file_is_the_file()
    {
        Assert.SkipUnless(!OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        Directory.CreateDirectory(Path.Combine(_folder, "weights"));
        await File.WriteAllBytesAsync(Path.Combine(_folder, "mine"), Bytes);
        File.CreateSymbolicLink(Path.Combine(_folder, "weights", "tiny.safetensors"), Path.Combine(_folder, "mine"));
        Assert.NotNull(Store().Find(Weights("good") with { Bytes = Bytes.Length }));
        Assert.Null(Store().Find(Weights("good") with { Bytes = Bytes.Length + 1 }));
    }

    [Fact]
    public async Task A_mirrors_name_and_password_are_shown_nowhere()
    {
        var mirror = new UriBuilder(_server["folder/"]) { UserName = "somebody", Password = "s3cret@home" }.Uri;
        var heard = new List<DownloadProgress>();
        var error = await Assert.ThrowsAsync<WeightDownloadException>(() => Store(stallSeconds: 0.2, mirror: mirror).PullAsync(Weights("stalls"), new Reports(heard.Add)));
        Assert.Contains("/folder/tiny.safetensors", error.Message, StringComparison.Ordinal);
        foreach (var text in heard.Select(h => $"{h}").Append($"{error}"))
        {
            Assert.DoesNotContain("s3cret", text, StringComparison.Ordinal);
            Assert.DoesNotContain("somebody", text, StringComparison.Ordinal);
        }
        Assert.Equal("DLA_MIRROR is 'ftp://host/x'", PublicAddress.Of("DLA_MIRROR is 'ftp://me:pass@word@host/x'"));
    }

    /// <summary>A proxy that takes the connection, and CONNECT, and says nothing.</summary>
    [Fact]
    public async Task A_proxy_that_never_answers_is_given_up_after_the_connect_timeout()
    {
        using var proxy = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        proxy.Start();
        var store = new WeightStore(new WeightStoreOptions { Folder = _folder, ConnectTimeout = TimeSpan.FromSeconds(0.3),
            Proxy = new System.Net.WebProxy($"http://somebody:s3cret@{proxy.LocalEndpoint}") });
        var weights = Weights("good") with { Addresses = [new Uri("https://example.invalid/tiny.safetensors")] };
        var error = await Assert.ThrowsAsync<WeightDownloadException>(() => store.PullAsync(weights));
        Assert.Contains("no connection within 0.3 seconds", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", $"{error}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_characters_of_a_status_line_are_not_passed_on()
    {
        using var server = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        server.Start();
        var answering = Task.Run(async () =>
        {
            while (true)
            {
                using var client = await server.AcceptTcpClientAsync();
                await using var stream = client.GetStream();
                var read = await stream.ReadAsync(new byte[4096]);
                await stream.WriteAsync("HTTP/1.1 503 \u001b]0;owned\u0007\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
            }
        });
        var heard = new List<string>();
        var error = await Assert.ThrowsAsync<WeightDownloadException>(() => Store().PullAsync(Weights() with {
            Addresses = [new Uri($"http://{server.LocalEndpoint}/x")] }, new Reports(p => heard.Add(p.Remark ?? ""))));
        Assert.Contains("owned", error.Message, StringComparison.Ordinal);
        Assert.Contains(heard, h => h.Contains("503", StringComparison.Ordinal));
        Assert.All([.. heard, error.Message], t => Assert.DoesNotContain(t, char.IsControl));
    }

    [Fact]
    public async Task A_sound_file_of_another_network_is_refused()
    {
        var error = await Assert.ThrowsAsync<WeightDownloadException>(() => Store().PullAsync(Weights("good") with { Variant = DlaVariant.Dla34 }));
        Assert.Contains("does not hold the tensors of dla34", error.Message, StringComparison.Ordinal);
        Assert.Empty(FilesBeside(""));
    }

    [Fact]
    public async Task Concurrent_pulls_download_once()
    {
        var pulled = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Store().PullAsync(Weights("slow")))));
        Assert.Single(pulled.Distinct());
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task A_cancelled_pull_keeps_what_has_come_for_the_next_one()
    {
        using var cancel = new CancellationTokenSource();
        var progress = new Reports(p => { if (p.Received >= 1000) cancel.Cancel(); });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store().PullAsync(Weights("stalls"), progress, cancel.Token));
        Assert.Equal(["tiny.safetensors.part"], FilesBeside(""));
        await Store().PullAsync(Weights("good"));
        Assert.Equal("/good bytes=1000-", _server.Requests.Last());
    }

    [Fact]
    public async Task Offline_nothing_is_asked_for()
    {
        var error = await Assert.ThrowsAsync<WeightDownloadException>(() => Store(offline: true).PullAsync(Weights("good")));
        Assert.Contains("offline", error.Message, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task A_mirror_is_tried_first()
    {
        var error = await Assert.ThrowsAsync<WeightDownloadException>(() => Store(mirror: _server["folder/"])
            .PullAsync(Weights("missing") with { FileName = "a+b.pth" }));
        Assert.Equal(["/folder/a+b.pth", "/missing"], _server.Requests);
        Assert.Contains("folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_tells_bytes_and_retries()
    {
        var heard = new List<DownloadProgress>();
        await Store().PullAsync(Weights("drops"), new Reports(heard.Add));
        Assert.Equal(Bytes.Length, heard[^1].Received);
        Assert.Equal(Bytes.Length, heard[^1].Total);
        Assert.Contains(heard, p => p.Remark?.Contains("trying again", StringComparison.Ordinal) == true);
        Assert.Contains(heard, p => p.Remark?.StartsWith("resumed", StringComparison.Ordinal) == true);
    }

    private sealed class Reports(Action<DownloadProgress> report) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => report(value);
    }
}
