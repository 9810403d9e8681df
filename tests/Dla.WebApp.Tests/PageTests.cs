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
        await RunningApp.UntilAsync(async () => await browser.ValueAsync("!document.getElementById('result').hidden") == "true", "the page shows the answer");
        Assert.Equal("5", await browser.ValueAsync("document.querySelectorAll('#classes li').length"));
        Assert.Equal("answer", await browser.ValueAsync("document.activeElement.id"));
        Assert.Contains("%", await browser.ValueAsync("document.getElementById('answer').textContent"), StringComparison.Ordinal);
        Assert.Equal("true", await browser.ValueAsync($"document.documentElement.scrollWidth <= {width}"));
        Assert.Equal("", await browser.ValueAsync("document.getElementById('status').textContent"));
        Assert.Equal(maps ? "false true" : "true false", await browser.ValueAsync("document.getElementById('map').hidden + ' ' + document.getElementById('photo').hidden"));
        await KeepAsync(browser, $"page-{scheme}-{width}{(maps ? "" : "-plain")}");
        if (!maps) return;

        await browser.ValueAsync("document.querySelectorAll('#classes button')[3].click()");
        Assert.Equal("true", await browser.ValueAsync("document.querySelectorAll('#classes button')[3].getAttribute('aria-pressed')"));
        await browser.ValueAsync("document.getElementById('show').click()");
        Assert.Equal("true false", await browser.ValueAsync("document.getElementById('map').hidden + ' ' + document.getElementById('photo').hidden"));
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
        await RunningApp.UntilAsync(async () => await browser.ValueAsync("document.readyState === 'complete' && document.title !== ''") == "true", "the page is there");
    }

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
