using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dla.Models.Tests;

/// <summary>A web server on this machine that serves one file well, badly, or not at all.</summary>
internal sealed class WeightServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly byte[] _file;

    private WeightServer(WebApplication app, byte[] file) => (_app, _file) = (app, file);

    /// <summary>Path and range of every request, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public Uri this[string path] => new(new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()), path);

    public static async Task<WeightServer> StartAsync(byte[] file)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new WeightServer(builder.Build(), file);
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        Requests.Enqueue($"{context.Request.Path} {context.Request.Headers.Range}".TrimEnd());
        var path = context.Request.Path.Value!;
        switch (path)
        {
            case "/good": await SendAsync(context, ranges: true); break;
            case "/no-ranges": await SendAsync(context, ranges: false); break;
            case "/redirect": context.Response.Redirect("/good"); break;
            case "/page":
                context.Response.ContentType = "text/html";
                await context.Response.WriteAsync("<!DOCTYPE html><html><body>Sign in first</body></html>");
                break;
            case "/page-as-file":
                context.Response.ContentType = "application/octet-stream";
                await context.Response.WriteAsync("<!DOCTYPE html><html><body>Sign in first</body></html>");
                break;
            case "/busy-once" when Requests.Count(r => r.StartsWith(path, StringComparison.Ordinal)) == 1: context.Response.StatusCode = 503; break;
            case "/busy-once": await SendAsync(context, ranges: true); break;
            case "/drops" or "/drops-no-ranges": await SendAsync(context, ranges: path == "/drops", limit: _file.Length / 3); break;
            case "/drops-often": await SendAsync(context, ranges: true, limit: 70_000); break;   // 64 KiB are progress
            case "/drips": await SendAsync(context, ranges: true, limit: 1000); break;
            case "/stalls": await SendAsync(context, ranges: true, limit: 1000, stall: true); break;
            case "/silent": await Task.Delay(Timeout.Infinite, context.RequestAborted); break;
            case "/slow": await SendAsync(context, ranges: true, pause: 100); break;
            case "/endless":
                while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(_file);
                break;
            default: context.Response.StatusCode = 404; break;
        }
    }

    /// <summary>Sends the file from where it is asked for; with a limit, only so much of it before the connection breaks or stalls.</summary>
    private async Task SendAsync(HttpContext context, bool ranges, int? limit = null, bool stall = false, int pause = 0)
    {
        var start = 0;
        if (ranges && context.Request.Headers.Range.ToString() is { Length: > 0 } range)
        {
            start = int.Parse(range["bytes=".Length..].TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture);
            if (start >= _file.Length)
            {
                context.Response.StatusCode = 416;
                return;
            }
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {start}-{_file.Length - 1}/{_file.Length}";
        }
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = _file.Length - start;
        await context.Response.Body.WriteAsync(_file.AsMemory(start, Math.Min(limit ?? int.MaxValue, _file.Length - start)));
        await context.Response.Body.FlushAsync();
        await Task.Delay(pause);
        if (stall) await Task.Delay(Timeout.Infinite, context.RequestAborted);
        if (limit < _file.Length - start) context.Abort();
    }
}
