using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Dla.WebApp.Tests;

/// <summary>Clients that are slow, broken or malicious.</summary>
public sealed class DoorTests
{
    private static readonly Uri Classify = new("classify", UriKind.Relative);

    [Fact]
    public async Task Two_hundred_slow_clients_take_no_place_from_others_and_are_served_when_their_photos_have_come()
    {
        await using var app = await RunningApp.StartAsync("Concurrency=1", "Queue=0");
        List<TcpClient> slow = [];
        try
        {
            for (var i = 0; i < 200; i++) slow.Add(await LoadTests.HalfAnUploadAsync(app.Client.BaseAddress!));
            await RunningApp.UploadsAsync(app.Client, 200);
            for (var i = 0; i < 20; i++)
            {
                using var answer = await app.Client.PostAsync(Classify, i % 2 == 0 ? Photo.Body(Photo.Jpeg) : Photo.Form(Photo.Jpeg));
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
            await using var last = await LoadTests.HalfAnUploadAsync(app.Client.BaseAddress!).ContinueWith(c => c.Result.GetStream(), TaskScheduler.Default);
            await last.WriteAsync(Photo.Jpeg.AsMemory(Photo.Jpeg.Length / 2));
            Assert.Equal("HTTP/1.1 200 OK", await FirstLineAsync(last));
        }
        finally
        {
            slow.ForEach(c => c.Dispose());
        }
    }

    [Fact]
    public async Task An_upload_that_has_stopped_leaves_when_another_one_needs_its_memory()
    {
        // Room for one image. At its end the average of the stopped upload is still above Kestrel's least rate.
        await using var app = await RunningApp.StartAsync("MaxUploadBytes=1000000", "UploadBytes=1");
        using var stopped = await ConnectAsync(app, "Content-Length: 1000000", new byte[990_000]);
        await RunningApp.UploadsAsync(app.Client, 1);
        await RunningApp.UntilAsync(async () => await app.Client.GetStringAsync(new Uri("health/ready", UriKind.Relative)) == "Degraded", "uploads are full");
        await RunningApp.UntilAsync(async () =>
        {
            using var answer = await app.Client.PostAsync(Classify, Photo.Body(Photo.Jpeg));
            Assert.True(answer.StatusCode == HttpStatusCode.OK || answer.Headers.RetryAfter is not null, $"{answer.StatusCode}");
            return answer.StatusCode == HttpStatusCode.OK;
        }, "the photo is classified");
        try
        {
            Assert.Null(await FirstLineAsync(stopped.GetStream()));
        }
        catch (IOException)
        {
            // The connection was reset.
        }
    }

    [Fact]
    public void Uploads_that_go_on_or_are_whole_keep_their_memory_and_the_one_that_stopped_first_leaves_first()
    {
        var time = new Clock();
        var memory = new UploadMemory(new ClassifierSettings { MaxUploadBytes = 1, UploadBytes = 300_000 }, time);
        Upload whole = New(), first = New(), second = New(), asking = New();
        Upload New() => new(memory, () => { });
        foreach (var upload in (Upload[])[whole, first, second])
        {
            Assert.True(memory.TryTake(upload, 100_000));
            time.Seconds++;
        }
        memory.Keep(whole);
        Assert.False(memory.TryTake(asking, 50_000));   // nobody has stopped for long
        time.Seconds += 2;
        Assert.True(memory.TryTake(asking, 50_000));
        Assert.Equal((false, true, false), (whole.IsStopped, first.IsStopped, second.IsStopped));
        Assert.True(memory.TryTake(second, 50_000));
        Assert.False(memory.TryTake(asking, 1));
        first.Dispose();   // its memory went to others before
        Assert.False(memory.TryTake(asking, 1));
        whole.Dispose();
        Assert.True(memory.TryTake(asking, 100_000));
    }

    [Theory]
    [InlineData("ffffffffffffffff"), InlineData("7fffffffffffffff"), InlineData("80000000"), InlineData("-1"), InlineData("five")]
    public async Task A_chunk_size_that_is_none_is_the_clients_fault(string size)
    {
        await using var app = await RunningApp.StartAsync();
        foreach (var type in (string[])["image/png", "multipart/form-data; boundary=x"])
        {
            using var client = await ConnectAsync(app, "Transfer-Encoding: chunked", Encoding.ASCII.GetBytes($"{size}\r\nhello"), type);
            Assert.Equal("HTTP/1.1 400 Bad Request", await FirstLineAsync(client.GetStream()));
        }
        Assert.Equal((2, 0), (await app.OutcomesAsync("bad request"), await app.OutcomesAsync("failed")));
    }

    [Fact]
    public async Task Uploads_whose_connection_breaks_are_no_failures()
    {
        await using var app = await RunningApp.StartAsync();
        for (var i = 0; i < 40; i++)
        {
            var (type, start) = i % 2 == 0 ? ("image/png", "")
                : ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=image; filename=a\r\n\r\n");
            using var client = await ConnectAsync(app, "Content-Length: 100000", [.. Encoding.ASCII.GetBytes(start), .. new byte[50_000]], type);
            await RunningApp.UploadsAsync(app.Client, 1);
            client.LingerState = new LingerOption(true, 0);   // a reset instead of an orderly end
            client.Close();
            await RunningApp.UploadsAsync(app.Client, 0);
        }
        var (left, bad) = (await app.OutcomesAsync("client left"), await app.OutcomesAsync("bad request"));   // as the server hears of it
        Assert.Equal((40, 0), (left + bad, await app.OutcomesAsync("failed")));
    }

    private static async Task<TcpClient> ConnectAsync(RunningApp app, string length, byte[] body, string type = "image/png")
    {
        var (client, server) = (new TcpClient(), app.Client.BaseAddress!);
        await client.ConnectAsync(server.Host, server.Port);
        var head = $"POST /classify HTTP/1.1\r\nHost: {server.Authority}\r\nContent-Type: {type}\r\n{length}\r\nConnection: close\r\n\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        await client.GetStream().WriteAsync(body);
        return client;
    }

    private static async Task<string?> FirstLineAsync(Stream answer)
    {
        using var reader = new StreamReader(answer, leaveOpen: true);
        return await reader.ReadLineAsync();
    }

    /// <summary>A clock that stands still unless it is set.</summary>
    private sealed class Clock : TimeProvider
    {
        public int Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
