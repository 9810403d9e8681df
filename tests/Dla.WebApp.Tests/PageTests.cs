using System.Text.Json.Nodes;
using Dla.Tests;
using SkiaSharp;

namespace Dla.WebApp.Tests;

public sealed class PageTests
{
    [Theory]
    [InlineData("light", 1100, 900, true), InlineData("dark", 1100, 900, true), InlineData("light", 375, 700, true), InlineData("light", 1100, 900, false)]
    public async Task A_chosen_photo_is_answered_with_five_classes_on_the_page_and_a_map_where_there_is_one(string scheme, int width, int height, bool maps)
    {
        await using var app = await RunningApp.StartAsync(maps ? RunningApp.ModelWithMaps : "ModelPath=golden/tiny.onnx");
        await using var browser = await Chromium.StartAsync();
        var photo = SharedData.Find("data/photos/koala.jpg") ?? Path.Combine(AppContext.BaseDirectory, "drawn.jpg");
        if (!File.Exists(photo)) await File.WriteAllBytesAsync(photo, Photo.Jpeg);
        await OpenAsync(browser, app, scheme, width, height);

        await browser.ChooseAsync("#file", photo);
        await HoldsAsync(browser, "!document.getElementById('result').hidden", "the page shows the answer");
        Assert.Equal("5", await browser.ValueAsync("document.querySelectorAll('#classes li').length"));
        Assert.Equal("answer", await browser.ValueAsync("document.activeElement.id"));
        Assert.Contains("%", await browser.ValueAsync("document.getElementById('answer').textContent"), StringComparison.Ordinal);
        Assert.Equal("true", await browser.ValueAsync($"document.documentElement.scrollWidth <= {width}"));
        Assert.Equal("", await browser.ValueAsync("document.getElementById('status').textContent"));
        Assert.Equal(maps ? "false true" : "true false", await browser.ValueAsync("document.getElementById('map').hidden " +
            "+ ' ' + document.getElementById('photo').hidden"));
        await KeepAsync(browser, $"page-{scheme}-{width}{(maps ? "" : "-plain")}");
        if (!maps) return;

        await browser.ValueAsync("document.querySelectorAll('#classes button')[3].click()");
        Assert.Equal("true", await browser.ValueAsync("document.querySelectorAll('#classes button')[3].getAttribute('aria-pressed')"));
        await browser.ValueAsync("document.getElementById('show').click()");
        Assert.Equal("true false", await browser.ValueAsync("document.getElementById('map').hidden + ' ' + document.getElementById('photo').hidden"));
    }

    [Theory]
    [InlineData("drop", "light", 390), InlineData("paste", "dark", 390), InlineData("drop", "dark", 1100)]
    public async Task A_dropped_or_pasted_photo_is_answered_like_a_chosen_one(string how, string scheme, int width)
    {
        await using var app = await RunningApp.StartAsync(RunningApp.ModelWithMaps);
        await using var browser = await Chromium.StartAsync();
        await OpenAsync(browser, app, scheme, width, 844);
        await browser.ValueAsync("['drop', 'paste'].forEach(kind => document.addEventListener(kind, e => window.heard = `${kind} ${e.isTrusted}`))");

        if (how == "paste")
        {
            await browser.PasteAsync(Photo.Png);
        }
        else
        {
            var photo = Path.Combine(AppContext.BaseDirectory, "dropped.png");
            await File.WriteAllBytesAsync(photo, Photo.Png);
            await browser.DragAsync("#drop", photo, drop: false);
            Assert.Equal("true", await browser.ValueAsync("document.getElementById('drop').matches('.over')"));
            await KeepAsync(browser, $"page-over-{scheme}-{width}");
            await browser.DragAsync("#drop", photo);
            Assert.Equal("false", await browser.ValueAsync("document.getElementById('drop').matches('.over')"));
        }
        await HoldsAsync(browser, "!document.getElementById('result').hidden", "the page shows the answer");
        Assert.Equal($"{how} true", await browser.ValueAsync("window.heard"));   // the browser's own event, not a script's
        Assert.Equal("5", await browser.ValueAsync("document.querySelectorAll('#classes li .bar > span').length"));
        await HoldsAsync(browser, "document.getElementById('map').complete && document.getElementById('map').naturalWidth > 0", "the map is drawn");
        Assert.Equal("false true", await browser.ValueAsync("document.getElementById('map').hidden + ' ' + document.getElementById('photo').hidden"));
        Assert.Equal(app.Client.BaseAddress!.ToString(), await browser.ValueAsync("location.href"));   // the file was not opened in place of the page
        Assert.Equal("true", await browser.ValueAsync($"document.documentElement.scrollWidth <= {width}"));
        await KeepAsync(browser, $"page-{how}-{scheme}-{width}");
    }

    [Fact]
    public async Task A_broken_file_is_told_on_the_page_where_screen_readers_hear_it()
    {
        await using var app = await RunningApp.StartAsync();
        await using var browser = await Chromium.StartAsync();
        var broken = Path.Combine(AppContext.BaseDirectory, "broken.jpg");
        await File.WriteAllBytesAsync(broken, Photo.Jpeg[..^500]);
        await OpenAsync(browser, app, "light", 1100, 900);

        await browser.ChooseAsync("#file", broken);
        await RunningApp.UntilAsync(async () => (await browser.ValueAsync("document.querySelector('[role=status]').textContent"))
            .Contains("truncated", StringComparison.Ordinal), "the page says that the file is truncated");
        Assert.Equal("true", await browser.ValueAsync("document.getElementById('result').hidden"));
        await KeepAsync(browser, "page-broken");
    }

    private static async Task OpenAsync(Chromium browser, RunningApp app, string scheme, int width, int height)
    {
        await browser.CallAsync("Emulation.setDeviceMetricsOverride",
            new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 });
        await browser.CallAsync("Emulation.setEmulatedMedia",
            new JsonObject { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }) });
        await browser.CallAsync("Page.enable");
        await browser.CallAsync("Page.navigate", new JsonObject { ["url"] = app.Client.BaseAddress!.ToString() });
        await HoldsAsync(browser, "document.readyState === 'complete' && document.title !== ''", "the page is there");
    }

    private static Task HoldsAsync(Chromium browser, string condition, string what) =>
        RunningApp.UntilAsync(async () => await browser.ValueAsync(condition) == "true", what);

    /// <summary>Leaves a screenshot beside the tests for people to look at.</summary>
    private static async Task KeepAsync(Chromium browser, string name)
    {
        await Task.Delay(500);   // the bars have grown
        var png = await browser.ScreenshotAsync();
        await File.WriteAllBytesAsync(Path.Combine(AppContext.BaseDirectory, name + ".png"), png);
        using var picture = SKBitmap.Decode(png);
        Assert.True(picture.Pixels.Distinct().Count() > 20, "the screenshot shows something");
    }
}
