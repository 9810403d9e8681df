namespace Dla.WebApp.Tests;

public sealed class GracefulStopTests
{
    [Fact]
    public async Task A_request_in_progress_is_answered_before_the_process_ends_with_0()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no SIGTERM on Windows");
        using var app = new AppProcess();
        using var upload = await LoadTests.HalfAnUploadAsync(await app.AddressAsync());
        using (var client = new HttpClient { BaseAddress = await app.AddressAsync() }) await RunningApp.UploadsAsync(client, 1);

        await app.TerminateAsync();
        await RunningApp.UntilAsync(() => Task.FromResult(app.Log.Contains("Application is shutting down", StringComparison.Ordinal)), "the stop has begun");
        await upload.GetStream().WriteAsync(Photo.Jpeg.AsMemory(Photo.Jpeg.Length / 2));

        using var reader = new StreamReader(upload.GetStream());
        Assert.Equal("HTTP/1.1 200 OK", await reader.ReadLineAsync());
        Assert.Equal(0, await app.ExitAsync());
    }
}
