using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Dla.WebApp.Tests;

public sealed class LoadTests
{
    private static readonly Uri Classify = new("classify", UriKind.Relative);

    [Fact]
    public async Task One_photo_more_than_places_and_queue_hold_is_turned_away_with_Retry_After_and_the_waiting_one_is_served()
    {
        await using var app = await RunningApp.StartAsync("Concurrency=1", "Queue=1", "RetryAfterSeconds=7");
        var place = await app.Queue.EnterAsync(CancellationToken.None);
        var waiting = app.Client.PostAsync(Classify, Photo.Body(Photo.Jpeg));
        await RunningApp.UntilAsync(() => Task.FromResult(app.Queue.Load == (1, 1)), "one running, one waiting");

        using (var refused = await app.Client.PostAsync(Classify, Photo.Body(Photo.Jpeg)))
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "application/problem+json"), (refused.StatusCode, refused.Content.Headers.ContentType?.MediaType));
            Assert.Equal(TimeSpan.FromSeconds(7), refused.Headers.RetryAfter?.Delta);
        }
        Assert.Equal("Degraded", await app.Client.GetStringAsync(new Uri("health/ready", UriKind.Relative)));
        Assert.False(waiting.IsCompleted);

        place!.Dispose();
        using var served = await waiting;
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        await RunningApp.UntilAsync(() => Task.FromResult(app.Queue.Load == (0, 0)), "all places are free again");
    }

    [Fact]
    public async Task A_client_that_leaves_gives_up_its_place_in_the_queue()
    {
        await using var app = await RunningApp.StartAsync("Concurrency=1", "Queue=1");
        using var place = await app.Queue.EnterAsync(CancellationToken.None);
        using var leaving = new CancellationTokenSource();
        var waiting = app.Client.PostAsync(Classify, Photo.Body(Photo.Jpeg), leaving.Token);
        await RunningApp.UntilAsync(() => Task.FromResult(app.Queue.Load == (1, 1)), "one running, one waiting");

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await RunningApp.UntilAsync(() => Task.FromResult(app.Queue.Load == (1, 0)), "nobody waits");
        await RunningApp.UntilAsync(async () => await app.OutcomesAsync("client left") == 1, "the metrics tell of it");
    }

    [Fact]
    public async Task Whoever_waits_too_long_for_a_place_is_turned_away()
    {
        await using var app = await RunningApp.StartAsync("Concurrency=1", "Queue=5", "WaitSeconds=0.1");
        using (await app.Queue.EnterAsync(CancellationToken.None)) Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(app.Client));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(app.Client));
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var answer = await client.PostAsync(Classify, Photo.Body(Photo.Jpeg));
        return answer.StatusCode;
    }

    internal static async Task<TcpClient> HalfAnUploadAsync(Uri server)
    {
        var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        var head = $"POST /classify HTTP/1.1\r\nHost: {server.Authority}\r\nContent-Type: " +
            $"image/jpeg\r\nContent-Length: {Photo.Jpeg.Length}\r\nConnection: close\r\n\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        await client.GetStream().WriteAsync(Photo.Jpeg.AsMemory(0, Photo.Jpeg.Length / 2));
        return client;
    }
}
