using System.Text.Json;

namespace Dla.WebApp.Tests;

public sealed class EndpointTests
{
    [Fact]
    public async Task Health_is_told_for_the_process_and_for_the_model()
    {
        await using var app = await RunningApp.StartAsync();
        foreach (var path in (string[])["health", "health/live", "health/ready"])
            Assert.Equal("Healthy", await app.Client.GetStringAsync(new Uri(path, UriKind.Relative)));
    }

    [Fact]
    public async Task The_description_tells_what_may_be_sent_and_what_comes_back()
    {
        await using var app = await RunningApp.StartAsync();
        using var document = JsonDocument.Parse(await app.Client.GetStringAsync(new Uri("openapi/v1.json", UriKind.Relative)));
        var post = document.RootElement.GetProperty("paths").GetProperty("/classify").GetProperty("post");
        var body = post.GetProperty("requestBody").GetProperty("content").EnumerateObject().Select(p => p.Name);
        var answers = post.GetProperty("responses").EnumerateObject().Select(p => p.Name);
        Assert.Equal(["image/*", "application/octet-stream", "multipart/form-data"], body);
        Assert.Equal(["200", "400", "408", "413", "415", "500", "503"], answers.Order());
        Assert.True(post.GetProperty("responses").GetProperty("503").GetProperty("headers").TryGetProperty("Retry-After", out _));
        var top = post.GetProperty("parameters").EnumerateArray().Single(p => p.GetProperty("name").GetString() == "top").GetProperty("schema");
        Assert.Equal((1, 100), (top.GetProperty("minimum").GetInt32(), top.GetProperty("maximum").GetInt32()));
    }

    [Fact]
    public async Task Metrics_count_classifications_by_outcome()
    {
        await using var app = await RunningApp.StartAsync();
        await app.Client.PostAsync(new Uri("classify", UriKind.Relative), Photo.Body(Photo.Jpeg));
        await app.Client.PostAsync(new Uri("classify", UriKind.Relative), Photo.Body([1, 2, 3]));
        Assert.Equal((1, 1), (await app.OutcomesAsync("done"), await app.OutcomesAsync("bad image")));
        var text = await app.Client.GetStringAsync(new Uri("metrics", UriKind.Relative));
        foreach (var expected in (string[])["classify_duration_bucket", "classify_running 0", "classify_waiting 0", "http_server_request_duration_bucket"])
            Assert.Contains(expected, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_and_all_it_loads_come_from_here()
    {
        await using var app = await RunningApp.StartAsync();
        using var answer = await app.Client.GetAsync(new Uri("/", UriKind.Relative));
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("default-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("//", page, StringComparison.Ordinal);
        foreach (var file in (string[])["app.css", "app.js", "icon.svg"])
        {
            Assert.Contains($"\"{file}\"", page, StringComparison.Ordinal);
            Assert.NotEmpty(await app.Client.GetStringAsync(new Uri(file, UriKind.Relative)));
        }
    }

    [Theory]
    [InlineData("ModelPath=nowhere.onnx", "nowhere.onnx")]
    [InlineData("Concurrency=0", "Concurrency")]
    public async Task Wrong_settings_are_told_before_the_server_listens(string setting, string says)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => RunningApp.StartAsync(setting));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }
}
