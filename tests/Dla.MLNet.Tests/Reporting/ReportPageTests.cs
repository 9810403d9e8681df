using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using SkiaSharp;

namespace Dla.MLNet.Tests;

public sealed partial class ReportPageTests
{
    private const string Evil = "<script>alert(\"x\")</script>&'";

    private static DlaReport Report(int classes, Func<int, string>? name = null)
    {
        var metrics = Enumerable.Range(0, classes).Select(i => new DlaClassMetrics(name?.Invoke(i) ?? $"class {i}", 10, 10, 8, 0.8, 0.8)).ToArray();
        var confusions = Enumerable.Range(0, classes).SelectMany(i => classes == 1
            ? [new DlaConfusion(i, i, 8)] : (DlaConfusion[])[new(i, i, 8), new(i, (i + classes / 2) % classes, 2)]).ToArray();
        return new DlaReport
        {
            Model = Evil,
            Data = Evil,
            Images = 10 * classes + 1,
            BadImages = 1,
            Top1 = 0.8,
            Top5 = 0.9,
            LogLoss = 0.7,
            MacroAccuracy = 0.8,
            Calibration = new DlaCalibration([new DlaCalibrationBin(0, 1, 10, 0.7, 0.8)], 0.1),
            Classes = metrics,
            Confusions = confusions,
            WorstMistakes = [new DlaMistake(3, metrics[0].Name, metrics[^1].Name, 0.9, 0.05) { Image = Evil }],
            BadImageList = [new BadImage(4, Evil)],
            Card = new DlaModelCard { Variant = Evil, ClassNames = [Evil], Weights = Evil },
        };
    }

    private static string Render(DlaReport report, DlaReportOptions? options = null)
    {
        using var folder = new ImageFolder(0);
        var path = Path.Combine(folder.Path, "r.html");
        report.Write(path, options);
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
        return File.ReadAllText(path);
    }

    [Fact]
    public void What_users_name_is_text_and_never_markup()
    {
        var page = Render(Report(3, _ => Evil), new DlaReportOptions { Baseline = Report(3, _ => Evil) with { Model = Evil }, Image = _ => TestImages.Png(1) });
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert", page, StringComparison.Ordinal);
        Assert.Single(Script().Matches(page));
    }

    [Fact]
    public void Classes_without_images_stand_last_and_have_no_recall()
    {
        var report = Report(3);
        DlaClassMetrics[] metrics = [new("absent", 0, 2, 0, 0, 0), report.Classes[0], new("never taken for", 10, 0, 0, 0, 0)];
        var page = Render(report with { Classes = metrics, Confusions = [new(1, 1, 8), new(1, 0, 2), new(2, 1, 10)] });
        var table = page[page.IndexOf("id=\"classes\"", StringComparison.Ordinal)..];
        int At(string text) => table.IndexOf($"<tr><td>{text}</td>", StringComparison.Ordinal);
        Assert.True(0 < At("never taken for") && At("never taken for") < At("class 0") && At("class 0") < At("absent"));
        Assert.Contains("therefore last: 1.", table, StringComparison.Ordinal);
        var absent = table[At("absent")..];
        Assert.Equal(2, absent[..absent.IndexOf("</tr>", StringComparison.Ordinal)].Split("data-v=\"-1\"").Length - 1);   // recall and F1
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(1000)]
    public void The_page_loads_nothing_and_its_tags_are_balanced(int classes)
    {
        var page = Render(Report(classes), new DlaReportOptions { Image = _ => TestImages.Png(1) });
        Assert.DoesNotContain("://", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(External(), page);
        var open = new Stack<string>();
        foreach (Match tag in Tag().Matches(Script().Replace(page, "")))
        {
            var name = tag.Groups[2].Value;
            if (tag.Value.EndsWith("/>", StringComparison.Ordinal) || name is "meta" or "img" or "image" or "!doctype" or "br") continue;
            if (tag.Groups[1].Length == 0) open.Push(name);
            else Assert.Equal(open.Pop(), name);
        }
        Assert.Empty(open);
        Assert.Equal(classes + 1, SortedTable().Match(page).Value.Split("<tr>").Length - 1);
        Assert.InRange(page.Length, 10_000, 3_000_000);
    }

    [Fact]
    public void The_confusion_matrix_is_a_picture_whose_axes_are_ordered_by_confusion()
    {
        // Classes 0 and 2 are confused, 1 and 3 are: they stand side by side.
        var order = ClassOrder.Of(Report(4).Classes, Report(4).Confusions);
        Assert.Equal(4, order.Distinct().Count());
        Assert.Equal(1, Math.Abs(Array.IndexOf(order, 0) - Array.IndexOf(order, 2)));
        Assert.Equal(1, Math.Abs(Array.IndexOf(order, 1) - Array.IndexOf(order, 3)));
        using var small = Picture(100);
        Assert.Equal((100, 100), (small.Width, small.Height));
        using var large = Picture(1000);
        Assert.Equal((334, 334), (large.Width, large.Height));
        var lit = Enumerable.Range(0, 334).Count(i => large.GetPixel(i, i).Red > 200);
        Assert.Equal(334, lit);   // 80 % of each class are right: the diagonal is bright
    }

    [Theory]
    [InlineData(1, "rose")]
    [InlineData(2, "SQUAMOUS CELL CARCINOMA")]
    [InlineData(5, "北極熊和大貓熊")]
    [InlineData(40, "a name of many more letters than fit beside a matrix")]
    [InlineData(40, "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀")]
    public void Labels_and_legend_of_the_matrix_lie_inside_the_picture(int classes, string name)
    {
        var page = Render(Report(classes, _ => name));
        var svg = page[page.IndexOf("<svg viewBox=\"0 0 ", page.IndexOf("id=\"confusion", StringComparison.Ordinal), StringComparison.Ordinal)..];
        var width = double.Parse(svg["<svg viewBox=\"0 0 ".Length..].Split(' ')[0], CultureInfo.InvariantCulture);
        var label = Label().Match(svg);
        double Of(string group) => double.Parse(label.Groups[group].Value, CultureInfo.InvariantCulture);
        var shown = WebUtility.HtmlDecode(label.Groups["name"].Value);
        var ems = shown.EnumerateRunes().Sum(r => r.Value >= 0x3000 ? 1 : Rune.IsUpper(r) ? 0.7 : 0.55);   // as in common fonts
        Assert.InRange(ems * Of("size"), 0, Of("x"));   // it ends at x, and begins within the picture
        Assert.StartsWith(shown.TrimEnd('…'), name, StringComparison.Ordinal);
        Assert.All(shown.EnumerateRunes(), r => Assert.NotEqual(Rune.ReplacementChar, r));
        var none = double.Parse(Legend().Match(svg).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(none + 4 * 12 * 0.6, 0, width);
    }

    [Fact]
    public void Photos_stand_as_the_model_takes_them()
    {
        using var small = new SKBitmap(40, 20);
        using var data = small.Encode(SKEncodedImageFormat.Jpeg, 90);
        var turned = TestImages.WithOrientation(data.ToArray(), 6);
        (int, int) Size(ImageOrientation orientation)
        {
            var report = Report(3);
            report = report with { Card = report.Card! with { Preprocessing = report.Card.Preprocessing with { Orientation = orientation } } };
            var photo = Jpeg().Match(Render(report, new DlaReportOptions { Image = _ => turned })).Groups[1].Value;
            using var shown = SKBitmap.Decode(Convert.FromBase64String(photo));
            return (shown.Width, shown.Height);
        }
        Assert.Equal((96, 192), Size(ImageOrientation.Upright));
        Assert.Equal((192, 96), Size(ImageOrientation.AsStored));
    }

    private static SKBitmap Picture(int classes)
    {
        var data = Data().Match(Render(Report(classes))).Groups[1].Value;
        return SKBitmap.Decode(Convert.FromBase64String(data));
    }

    [Fact]
    public void Mistakes_have_thumbnails_and_maps_where_the_model_gives_features()
    {
        using var explaining = DlaClassifier.Open(TinyModel.File("tiny-features.onnx"));
        using var plain = DlaClassifier.Open(TinyModel.Path);
        var report = Report(5, i => TinyModel.ClassNames[i]);
        DlaReportOptions options = new() { Image = _ => TestImages.Png(1) };
        int Figures(DlaReportOptions with) => Render(report, with).Split("<figcaption>").Length - Render(report).Split("<figcaption>").Length;
        Assert.Equal(1, Figures(options));
        Assert.Equal(1, Figures(options with { Classifier = plain }));
        Assert.Equal(3, Figures(options with { Classifier = explaining }));
        Assert.Contains("cannot be shown", Render(report, options with { Image = _ => "no image"u8.ToArray() }), StringComparison.Ordinal);
        Assert.Contains("cannot be shown", Render(report, options with { Image = _ => throw new FileNotFoundException("gone") }), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_but_bad_images_still_gives_a_page()
    {
        var page = Render(new DlaReport { Model = "m", Data = "d", Images = 2, BadImages = 2, BadImageList = [new BadImage(0, "x"), new BadImage(1, "y")] });
        Assert.Contains("Bad images", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Confusion matrix", page, StringComparison.Ordinal);
    }

    [GeneratedRegex("<text x=\"(?<x>[0-9.]+)\" y=\"[0-9.]+\" font-size=\"(?<size>[0-9.]+)\" text-anchor=\"end\">(?<name>[^<]*)</text>")]
    private static partial Regex Label();

    [GeneratedRegex("<text x=\"([0-9.]+)\"[^>]*>none</text>")] private static partial Regex Legend();

    [GeneratedRegex("src=\"data:image/jpeg;base64,([^\"]+)\"")] private static partial Regex Jpeg();

    [GeneratedRegex("<script>.*?</script>", RegexOptions.Singleline)] private static partial Regex Script();

    [GeneratedRegex("<(link|iframe|object|embed|base)\\b|(src|href)=\"(?!data:|#)|@import|url\\(")] private static partial Regex External();

    [GeneratedRegex("<(/?)([!a-z0-9]+)[^>]*>")] private static partial Regex Tag();

    [GeneratedRegex("<table class=\"sortable\">.*?</table>", RegexOptions.Singleline)] private static partial Regex SortedTable();

    [GeneratedRegex("href=\"data:image/png;base64,([^\"]+)\"")] private static partial Regex Data();
}
