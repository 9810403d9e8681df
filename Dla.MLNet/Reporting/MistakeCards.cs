using SkiaSharp;
using static Dla.MLNet.ReportText;

namespace Dla.MLNet;

/// <summary>The most confident wrong answers, with their pictures, and where the model saw what.</summary>
internal static class MistakeCards
{
    /// <summary>The longer side of a picture in pixels.</summary>
    private const int Side = 192;

    public static Html Render(DlaReport report, DlaReportOptions options)
    {
        var maps = options.Image is not null && options.Classifier is { CanExplain: true } classifier ? classifier : null;
        var text = new ReportText().Add($"<p>The wrong answers with the highest probability.");
        if (maps is not null) text.Add($" The pictures beside the photo show which parts speak for the class that was named, ")
            .Add($"and which for the right one; one scale of colours for both, dark what was cut away before scoring.");
        text.Add($"</p><div class=\"cards\">");
        var orientation = (report.Card ?? maps?.Card)?.Preprocessing.Orientation ?? ImageOrientation.Upright;
        foreach (var mistake in report.WorstMistakes)
        {
            text.Add($"<article class=\"card\">{Pictures(mistake, options, maps, orientation)}<h3>{mistake.Actual}</h3>");
            text.Add($"<p>taken for <b>{mistake.Predicted}</b>, {Percent(mistake.Probability, 1)} sure; {mistake.Actual} got ")
                .Add($"{Percent(mistake.ActualProbability, 1)}</p>");
            text.Add($"<p class=\"muted\">{mistake.Image ?? $"row {mistake.Row}"}</p></article>\n");
        }
        return text.Add($"</div>").ToHtml();
    }

    private static Html Pictures(DlaMistake mistake, DlaReportOptions options, DlaClassifier? maps, ImageOrientation orientation)
    {
        var text = new ReportText();
        if (options.Image is not { } read) return text.ToHtml();
        text.Add($"<div class=\"pictures\">");
        try
        {
            var photo = read(mistake.Row);
            Picture(text, "image/jpeg", Thumbnail(photo.Span, orientation), "the photo");
            if (maps is not null) Maps(text, mistake, maps, photo);
        }
        catch (Exception e) when (e is ImageDecodeException or IOException or UnauthorizedAccessException)
        {
            text.Add($"<p class=\"muted\">The image cannot be shown: {e.Message}</p>");
        }
        return text.Add($"</div>").ToHtml();
    }

    private static void Maps(ReportText text, DlaMistake mistake, DlaClassifier classifier, ReadOnlyMemory<byte> photo)
    {
        var maps = classifier.Explain(photo.Span, classifier.ClassNames.Count).Maps;
        DlaActivationMap[] shown = [.. ((string[])[mistake.Predicted, mistake.Actual]).Select(name => maps.FirstOrDefault(m => m.ClassName == name))
            .OfType<DlaActivationMap>()];
        var strongest = shown.SelectMany(m => m.Values.ToArray()).DefaultIfEmpty().Max();
        var pictures = DlaActivationMap.Overlays(shown, photo.Span, new DlaOverlayOptions { LongerSide = Side, Strongest = strongest > 0 ? strongest : null });
        foreach (var (map, picture) in shown.Zip(pictures)) Picture(text, "image/png", picture, $"for {map.ClassName}");
    }

    private static void Picture(ReportText text, string type, byte[] bytes, string caption) =>
        text.Add($"<figure><img alt=\"{caption}\" loading=\"lazy\" src=\"data:{type};base64,{Convert.ToBase64String(bytes)}\">")
            .Add($"<figcaption>{caption}</figcaption></figure>");

    private static byte[] Thumbnail(ReadOnlySpan<byte> photo, ImageOrientation orientation)
    {
        using var sink = MLNet.Picture.Sink(_ => Side);
        ImageDecoder.Decode(photo, orientation, ImagePreprocessor.DefaultMaxPixels, sink, ImageMemoryBudget.Shared);
        return MLNet.Picture.Of(sink).Encode(SKEncodedImageFormat.Jpeg, 85);
    }
}
