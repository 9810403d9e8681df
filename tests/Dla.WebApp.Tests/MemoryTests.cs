using System.Net;
using Dla.Benchmarks;

namespace Dla.WebApp.Tests;

/// <summary>What happens when memory is short.</summary>
public sealed class MemoryTests
{
    private static readonly Uri Classify = new("classify", UriKind.Relative), Ready = new("health/ready", UriKind.Relative);

    [Fact]
    public async Task A_photo_waits_for_memory_while_the_server_says_so_and_is_classified_when_it_is_there()
    {
        await using var app = await RunningApp.StartAsync("ImageBytes=1000000");
        var held = app.Memory.Acquire(1_000_000);
        var waiting = app.Client.PostAsync(Classify, Photo.Body(Photo.Jpeg));
        await RunningApp.UntilAsync(async () => await app.Client.GetStringAsync(Ready) == "Degraded", "a photo waits");
        Assert.False(waiting.IsCompleted);
        held.Dispose();
        using var answer = await waiting;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("Healthy", await app.Client.GetStringAsync(Ready));
        Assert.Equal(0, app.Memory.BytesInUse);
    }

    [Fact]
    public async Task Without_memory_the_answer_is_503_and_the_server_is_not_ready_until_there_is_some_again()
    {
        await using var app = await RunningApp.StartAsync("ImageBytes=100000000", "WaitSeconds=0.1", "RetryAfterSeconds=3");
        using (app.Memory.Acquire(100_000_000))
        {
            await RunningApp.UntilAsync(async () =>
            {
                using var busy = await app.Client.PostAsync(Classify, Photo.Body(Photo.Jpeg));
                Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(3)), (busy.StatusCode, busy.Headers.RetryAfter?.Delta));
                using var ready = await app.Client.GetAsync(Ready);
                return (ready.StatusCode, await ready.Content.ReadAsStringAsync()) == (HttpStatusCode.ServiceUnavailable, "Unhealthy");
            }, "the server is not ready");
            Assert.Equal("Healthy", await app.Client.GetStringAsync(new Uri("health/live", UriKind.Relative)));
        }
        using var answer = await app.Client.PostAsync(Classify, Photo.Body(Photo.Jpeg));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("Healthy", await app.Client.GetStringAsync(Ready));
        Assert.Equal(0, await app.OutcomesAsync("failed"));
    }

    [Fact]
    public async Task In_a_container_of_1_GB_large_photos_of_many_clients_are_all_answered()
    {
        using var group = MemoryGroup.TryCreate(1 << 30);
        Assert.SkipWhen(group is null, "needs Linux and the right to make a control group with a limit of memory");
        var images = MemoryLoad.MakeImages();
        Assert.SkipWhen(images is null, "needs /usr/bin/python3 with python3-pil");
        using var app = new AppProcess(group, "--Classifier:WaitSeconds=600");   // the machine may be slow, and the code is not optimized
        var address = await app.AddressAsync();
        using var load = new MemoryLoad(address.ToString(), images);
        var result = await load.RunAsync(clients: 12, TimeSpan.Zero);   // one photo each
        Assert.Equal("12 × 200", $"{result}");
        Assert.InRange(group.Peak, 0, 900_000_000);
        using var client = new HttpClient { BaseAddress = address };
        using var answer = await client.PostAsync(Classify, Photo.Body(Photo.Jpeg));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("Healthy", await client.GetStringAsync(Ready));
    }
}
