using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dla.WebApp.Tests;

/// <summary>One page in a headless Chromium, driven by the DevTools protocol.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];
    private readonly DirectoryInfo _profile = Directory.CreateTempSubdirectory("dla-chromium-");
    private readonly ClientWebSocket _socket = new();
    private readonly Process _process;
    private Task? _reading;
    private string? _session;
    private int _calls;

    private Chromium(string path)
    {
        var start = new ProcessStartInfo(path) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
            $"--user-data-dir={_profile.FullName}", "about:blank"])
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
    }

    /// <summary>Starts the browser; skips the running test where there is none.</summary>
    public static async Task<Chromium> StartAsync()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var path = folders.SelectMany(f => Names.Select(n => Path.Combine(f, n))).FirstOrDefault(File.Exists);
        if (path is null) Assert.Skip("needs Chromium (Debian's package chromium), which is not there");
        var browser = new Chromium(path);
        await browser.ConnectAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return browser;
    }

    /// <summary>Calls a method of the protocol.</summary>
    public async Task<JsonNode> CallAsync(string method, JsonObject? parameters = null)
    {
        var id = ++_calls;
        var call = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (_session is not null) call["sessionId"] = _session;
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(call), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        while (true)
        {
            var message = await ReceiveAsync().WaitAsync(TimeSpan.FromMinutes(1));
            if (message["id"]?.GetValue<int>() != id) continue;
            return message["result"] ?? throw new InvalidOperationException($"{method}: {message["error"]}");
        }
    }

    /// <summary>The value of a JavaScript expression in the page, or what its promise comes to.</summary>
    public async Task<string> ValueAsync(string expression)
    {
        var parameters = new JsonObject { ["expression"] = $"Promise.resolve({expression}).then(String)", ["awaitPromise"] = true, ["returnByValue"] = true };
        var answer = await CallAsync("Runtime.evaluate", parameters);
        return answer["result"]!["value"]?.GetValue<string>() ?? throw new InvalidOperationException($"{expression}: {answer["exceptionDetails"]}");
    }

    /// <summary>Chooses a file in an input of type file, as a user does.</summary>
    public async Task ChooseAsync(string selector, string file)
    {
        var root = (await CallAsync("DOM.getDocument"))["root"]!["nodeId"]!.GetValue<int>();
        var input = (await CallAsync("DOM.querySelector", new JsonObject { ["nodeId"] = root, ["selector"] = selector }))["nodeId"]!.GetValue<int>();
        await CallAsync("DOM.setFileInputFiles", new JsonObject { ["nodeId"] = input, ["files"] = new JsonArray(file) });
    }

    /// <summary>Drags a file from outside over an element, as a user does, and lets it go there unless told otherwise.</summary>
    public async Task DragAsync(string selector, string file, bool drop = true)
    {
        var place = JsonNode.Parse(await ValueAsync($"JSON.stringify(document.querySelector('{selector}').getBoundingClientRect())"))!;
        var (x, y) = (Middle("x", "width"), Middle("y", "height"));
        foreach (var type in drop ? (string[])["dragEnter", "dragOver", "drop"] : ["dragEnter", "dragOver"])
        {
            var data = new JsonObject { ["items"] = new JsonArray(), ["files"] = new JsonArray(file), ["dragOperationsMask"] = 1 };
            await CallAsync("Input.dispatchDragEvent", new JsonObject { ["type"] = type, ["x"] = x, ["y"] = y, ["data"] = data });
        }

        double Middle(string from, string length) => place[from]!.GetValue<double>() + place[length]!.GetValue<double>() / 2;
    }

    /// <summary>Puts a picture on the browser's clipboard, and pastes it as the keys for it do.</summary>
    public async Task PasteAsync(byte[] png)
    {
        await CallAsync("Browser.grantPermissions", new JsonObject { ["permissions"] = new JsonArray("clipboardReadWrite", "clipboardSanitizedWrite") });
        await CallAsync("Emulation.setFocusEmulationEnabled", new JsonObject { ["enabled"] = true });
        var blob = $"new Blob([Uint8Array.from(atob('{Convert.ToBase64String(png)}'), c => c.charCodeAt(0))], {{ type: 'image/png' }})";
        await ValueAsync($"navigator.clipboard.write([new ClipboardItem({{ 'image/png': {blob} }})])");
        var keys = new JsonObject { ["type"] = "keyDown", ["key"] = "v", ["code"] = "KeyV", ["modifiers"] = 2, ["commands"] = new JsonArray("paste") };
        await CallAsync("Input.dispatchKeyEvent", keys);
    }

    public async Task<byte[]> ScreenshotAsync() =>
        Convert.FromBase64String((await CallAsync("Page.captureScreenshot", new JsonObject { ["captureBeyondViewport"] = true }))["data"]!.GetValue<string>());

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        if (_reading is not null) await _reading;
        _process.Dispose();
        for (var i = 0; i < 10 && _profile.Exists; i++, _profile.Refresh())
        {
            try
            {
                _profile.Delete(recursive: true);
            }
            catch (IOException)
            {
                await Task.Delay(100);   // the browser's helpers are still ending
            }
        }
    }

    private async Task ConnectAsync()
    {
        string? address = null;
        while (address is null && await _process.StandardError.ReadLineAsync() is { } line)
            if (line.Split("DevTools listening on ") is [_, var told]) address = told;
        _reading = Task.WhenAll(_process.StandardError.ReadToEndAsync(), _process.StandardOutput.ReadToEndAsync());   // its pipes must not fill
        await _socket.ConnectAsync(new Uri(address ?? throw new InvalidOperationException("Chromium ended before it listened.")), CancellationToken.None);
        var target = (await CallAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" }))["targetId"]!.GetValue<string>();
        _session = (await CallAsync("Target.attachToTarget", new JsonObject { ["targetId"] = target, ["flatten"] = true }))["sessionId"]!.GetValue<string>();
    }

    private async Task<JsonNode> ReceiveAsync()
    {
        using var message = new MemoryStream();
        var buffer = new byte[1 << 16];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonNode.Parse(message.ToArray())!;
    }
}
