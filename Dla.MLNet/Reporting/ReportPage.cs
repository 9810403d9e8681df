using static Dla.MLNet.ReportText;

namespace Dla.MLNet;

/// <summary>A report as one HTML page that loads nothing.</summary>
internal static class ReportPage
{
    /// <summary>Pairs of classes that are listed.</summary>
    private const int PairsTold = 20;

    /// <summary>Bad images that are listed one by one.</summary>
    private const int BadImagesTold = 100;

    public static string Render(DlaReport report, DlaReportOptions options)
    {
        var comparison = options.Baseline is { } baseline ? report.CompareWith(baseline) : null;
        var page = new ReportText().Add($"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Evaluation of {report.Model}</title>
            <style>{Resource("page.css")}</style></head><body><main>
            <h1>Evaluation of {Short(report.Model)}</h1>
            <p class="muted">{report.Data} · {report.Created:yyyy-MM-dd HH:mm} UTC</p>
            <nav>
            """);
        List<(string Id, string Title, Html Content)> sections = [];
        void Section(string id, string title, Html? content) { if (content is not null) sections.Add((id, title, content)); }
        Section("changes", "What changed", comparison is null ? null : ReportChanges.Render(comparison));
        Section("calibration", "Calibration", report.Calibration.Bins.Any(b => b.Images > 0) ? ReliabilityDiagram.Render(report.Calibration) : null);
        Section("confusion", "Confusion matrix", report.Classes.Count == 0 ? null : ConfusionPicture.Render(report));
        Section("pairs", "Most confused pairs", Pairs(report));
        Section("mistakes", "Worst mistakes", report.WorstMistakes.Count == 0 ? null : MistakeCards.Render(report, options));
        Section("classes", "Classes", report.Classes.Count == 0 ? null : ClassTable.Render(report));
        Section("bad", "Bad images", BadImages(report));
        Section("card", "Model card", report.Card is null ? null : ReportCard.Render(report.Card));
        foreach (var (id, title, _) in sections) page.Add($"<a href=\"#{id}\">{title}</a>");
        page.Add($"</nav>{Tiles(report)}\n");
        foreach (var (id, title, content) in sections) page.Add($"<section id=\"{id}\"><h2>{title}</h2>{content}</section>\n");
        return page.Add($"</main><script>{Resource("page.js")}</script></body></html>\n").ToHtml().Text;
    }

    private static Html Tiles(DlaReport report)
    {
        var tiles = new ReportText().Add($"<div class=\"tiles\">");
        void Tile(string name, string value, string note) => tiles.Add($"<div class=\"tile\"><span>{name}</span><b>{value}</b><span>{note}</span></div>\n");
        Tile("top-1", Percent(report.Top1), $"95 %: {Range(report.Top1Interval)}");
        Tile("top-5", Percent(report.Top5), $"95 %: {Range(report.Top5Interval)}");
        if (report.MacroAccuracy is { } macro) Tile("macro accuracy", Percent(macro), "every class counts the same");
        if (report.LogLoss is { } loss) Tile("log-loss", Number(loss, 3), $"nats; guessing gives {Number(Math.Log(Math.Max(1, report.Classes.Count)), 3)}");
        if (report.BadImages < report.Images) Tile("calibration error", Percent(report.Calibration.Error), "ECE, 15 bins");
        Tile("images", Count(report.Images), report.BadImages == 0 ? "all could be measured" : $"{Count(report.BadImages)} bad, counted as wrong");
        if (report.ImagesPerSecond > 0) Tile("throughput", $"{Number(report.ImagesPerSecond, 1)} /s", $"images; {Number(report.Seconds, 1)} s in all");
        return tiles.Add($"</div>").ToHtml();
    }

    private static Html? Pairs(DlaReport report)
    {
        var pairs = report.Confusions.Where(c => c.Actual != c.Predicted).OrderByDescending(c => c.Images).ThenBy(c => c.Actual).ThenBy(c => c.Predicted)
            .Take(PairsTold).ToList();
        if (pairs.Count == 0) return null;
        var table = new ReportText().Add($"<div class=\"scroll\"><table><thead><tr><th class=\"text\">images of</th><th class=\"text\">taken for</th>");
        table.Add($"<th>images</th><th>of the class</th><th>the other way</th></tr></thead><tbody>");
        var counts = report.Confusions.ToDictionary(c => (c.Actual, c.Predicted), c => c.Images);
        foreach (var (actual, predicted, images) in pairs)
        {
            var share = (double)images / Math.Max(1, report.Classes[actual].Images);
            table.Add($"<tr><td>{report.Classes[actual].Name}</td><td class=\"text\">{report.Classes[predicted].Name}</td><td>{Count(images)}</td>")
                .Add($"<td>{Percent(share, 1)}</td>");
            table.Add($"<td>{Count(counts.GetValueOrDefault((predicted, actual)))}</td></tr>\n");
        }
        return table.Add($"</tbody></table></div>").ToHtml();
    }

    private static Html? BadImages(DlaReport report)
    {
        if (report.BadImageList.Count == 0) return null;
        var list = new ReportText().Add($"<p>{Count(report.BadImages)} images could not be measured. They count as classified wrongly in top-1 and top-5, ");
        list.Add($"and are left out of everything else.</p><ul>");
        foreach (var bad in report.BadImageList.Take(BadImagesTold)) list.Add($"<li>row {bad.Row}: {bad.Reason}</li>\n");
        if (report.BadImageList.Count > BadImagesTold) list.Add($"<li>… and {Count(report.BadImageList.Count - BadImagesTold)} more</li>");
        return list.Add($"</ul>").ToHtml();
    }

    private static string Range(DlaInterval interval) => $"{Number(100 * interval.Low, 1)} … {Number(100 * interval.High, 1)}\u00A0%";

    /// <summary>A path's last part; other names as they are.</summary>
    private static string Short(string model) => Path.GetFileName(model) is { Length: > 0 } name ? name : model;

    private static Html Resource(string name)
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream($"Dla.MLNet.Reporting.{name}")!;
        using var reader = new StreamReader(stream);
        return new Html(reader.ReadToEnd());
    }
}
