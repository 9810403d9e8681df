using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;

namespace Dla.Benchmarks;

/// <summary>Clients that send large images to the web app, each of them the next one as soon as the last one is answered.</summary>
internal sealed class MemoryLoad : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly HttpClient _client;
    private readonly IReadOnlyList<byte[]> _images;

    public MemoryLoad(string address, IReadOnlyList<byte[]> images)
    {
        _images = images;
        _client = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromMinutes(10) };
    }

    /// <summary>Makes the images: baseline and progressive JPEG of 24 megapixels, interlaced PNG of 16 bits and WebP of 49.</summary>
    /// <returns>Their bytes; <see langword="null"/> without Debian's python3-pil.</returns>
    public static IReadOnlyList<byte[]>? MakeImages()
    {
        if (!File.Exists(Python)) return null;
        var folder = Directory.CreateTempSubdirectory("dla-large-images-");
        try
        {
            var script = Path.Combine(AppContext.BaseDirectory, "large-images.py");
            using var process = Process.Start(new ProcessStartInfo(Python, [script, folder.FullName]) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) return null;
            string[] names = ["baseline.jpg", "progressive.jpg", "interlaced.png", "plain.webp"];
            return [.. names.Select(n => File.ReadAllBytes(Path.Combine(folder.FullName, n)))];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Sends images for some time.</summary>
    /// <param name="clients">How many clients. Each begins with another image.</param>
    /// <param name="time">How long they begin new requests, at least one each.</param>
    public async Task<MemoryLoadResult> RunAsync(int clients, TimeSpan time)
    {
        var (statuses, gaps) = (new ConcurrentQueue<string>(), new ConcurrentQueue<TimeSpan>());
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async c =>
        {
            var last = start;
            var i = c;
            do
            {
                var (status, wait) = await SendAsync(_images[i % _images.Count]);
                statuses.Enqueue(status);
                if (status == "200")
                {
                    gaps.Enqueue(Stopwatch.GetElapsedTime(last));
                    last = Stopwatch.GetTimestamp();
                    i++;
                }
                else
                {
                    await Task.Delay(wait);
                }
            }
            while (Stopwatch.GetElapsedTime(start) < time);
            gaps.Enqueue(Stopwatch.GetElapsedTime(last));
        }));
        return new MemoryLoadResult(statuses.CountBy(s => s).ToDictionary(), gaps.Max(), Stopwatch.GetElapsedTime(start));
    }

    /// <summary>The median time of some single requests with the first image.</summary>
    public async Task<TimeSpan> MedianAsync(int requests)
    {
        var times = new List<TimeSpan>();
        while (times.Count < requests)
        {
            var start = Stopwatch.GetTimestamp();
            var (status, _) = await SendAsync(_images[0]);
            if (status != "200") throw new InvalidOperationException($"A single client was answered with {status}.");
            times.Add(Stopwatch.GetElapsedTime(start));
        }
        return times.Order().ElementAt(requests / 2);
    }

    public void Dispose() => _client.Dispose();

    /// <returns>The status or the error, and how long to wait before the next attempt.</returns>
    private async Task<(string Status, TimeSpan Wait)> SendAsync(byte[] image)
    {
        using var content = new ByteArrayContent(image) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        try
        {
            using var answer = await _client.PostAsync(new Uri("/classify", UriKind.Relative), content);
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable && answer.Headers.RetryAfter?.Delta is not { }) return ("503 without Retry-After", default);
            return ($"{(int)answer.StatusCode}", answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1));
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return (e.GetType().Name, TimeSpan.FromSeconds(1));
        }
    }
}
