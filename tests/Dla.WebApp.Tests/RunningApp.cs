using System.Globalization;
using System.Text.RegularExpressions;
using Dla.MLNet;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Dla.WebApp.Tests;

/// <summary>The application in this process, on a Kestrel port of its own, with settings like those of a command line.</summary>
internal sealed class RunningApp : IAsyncDisposable
{
    /// <summary>The setting for a model of five classes that can tell where it sees them.</summary>
    public const string ModelWithMaps = "ModelPath=golden/tiny-features.onnx";

    private readonly WebApplication _app;

    private RunningApp(WebApplication app)
    {
        _app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public HttpClient Client { get; }

    public ClassificationQueue Queue => _app.Services.GetRequiredService<ClassificationQueue>();

    public ImageMemoryBudget Memory => _app.Services.GetRequiredService<ImageMemoryBudget>();

    public static async Task<RunningApp> StartAsync(params string[] settings)
    {
        var app = ClassifierApp.Create(["--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default", "None", "--Logging:LogLevel:Microsoft.Hosting.Lifetime",
            "None", .. settings.Select(s => $"--Classifier:{s}")]);
        await app.StartAsync();
        return new RunningApp(app);
    }

    /// <summary>How many classifications had an outcome, by <c>/metrics</c>.</summary>
    public Task<int> OutcomesAsync(string outcome) => MetricAsync(Client, $"dla_webapp_classify_duration_count\\{{outcome=\"{outcome}\"\\}}");

    /// <summary>How many requests were turned away because of their upload, by <c>/metrics</c>.</summary>
    public Task<int> RefusedAsync() => MetricAsync(Client, "dla_webapp_classify_refused");

    /// <summary>Waits until so many requests with a body are in progress, also those whose body has not come whole.</summary>
    public static Task UploadsAsync(HttpClient client, int count) => UntilAsync(
        async () => await MetricAsync(client, "microsoft_aspnetcore_hosting_http_server_active_requests\\{http_request_method=\"POST\"[^}]*\\}") == count,
            $"{count} uploads in progress");

    private static async Task<int> MetricAsync(HttpClient client, string pattern)
    {
        var line = Regex.Match(await client.GetStringAsync(new Uri("metrics", UriKind.Relative)), $"^{pattern} ([0-9]+)", RegexOptions.Multiline);
        return line.Success ? int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>Waits for something that other threads bring about.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        for (var end = DateTime.UtcNow.AddSeconds(30); !await holds(); await Task.Delay(20))
            Assert.True(DateTime.UtcNow < end, $"not within 30 s: {what}");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
