using static Dla.MLNet.ReportText;

namespace Dla.MLNet;

/// <summary>Accuracy against confidence, bin by bin, with the number of images below.</summary>
internal static class ReliabilityDiagram
{
    private const int Left = 52, Top = 10, Side = 300, Gap = 14, Histogram = 60;

    /// <summary>Bins of fewer images say little, and are drawn pale.</summary>
    private const int Few = 10;

    public static Html Render(DlaCalibration calibration)
    {
        var svg = new ReportText();
        var bottom = Top + Side;
        var width = (double)Side / calibration.Bins.Count;
        var most = Math.Max(1, calibration.Bins.Max(b => b.Images));
        svg.Add($"<p>Bars that end on the diagonal mean what they say. Below it the model is too sure of itself: of the images in that bin fewer are ");
        svg.Add($"right than it claims; above it, it could be surer. The expected calibration error is {Percent(calibration.Error)}.</p>");
        svg.Add($"<figure><svg viewBox=\"0 0 {Left + Side + 20} {bottom + Gap + Histogram + 44}\" style=\"width:100%;max-width:520px\" ")
            .Add($"role=\"img\" aria-label=\"Reliability diagram: accuracy against confidence\">");
        for (var i = 0; i <= 4; i++)
        {
            var (y, x) = (bottom - Side * i / 4, Left + Side * i / 4);
            svg.Add($"<line x1=\"{Left}\" x2=\"{Left + Side}\" y1=\"{y}\" y2=\"{y}\" stroke=\"var(--line)\"/>");
            svg.Add($"<text x=\"{Left - 6}\" y=\"{y + 4}\" font-size=\"11\" text-anchor=\"end\" class=\"soft\">{25 * i} %</text>");
            svg.Add($"<text x=\"{x}\" y=\"{bottom + Gap + Histogram + 16}\" font-size=\"11\" text-anchor=\"middle\" class=\"soft\">{25 * i} %</text>");
        }
        foreach (var (bin, i) in calibration.Bins.Select((b, i) => (b, i)).Where(b => b.b.Images > 0))
        {
            var x = Left + i * width;
            var opacity = bin.Images < Few ? 0.35 : 1;
            var (accuracy, confidence) = (bottom - Side * bin.Accuracy, bottom - Side * bin.Confidence);
            svg.Add($"<rect x=\"{x + 1:f1}\" width=\"{width - 2:f1}\" y=\"{accuracy:f1}\" height=\"{bottom - accuracy:f1}\" fill=\"var(--bar)\" ")
                .Add($"opacity=\"{opacity:f2}\">");
            svg.Add($"<title>{Percent(bin.Confidence, 1)} sure, {Percent(bin.Accuracy, 1)} right, {Count(bin.Images)} images</title></rect>");
            svg.Add($"<rect x=\"{x + 1:f1}\" width=\"{width - 2:f1}\" y=\"{Math.Min(accuracy, confidence):f1}\" ")
                .Add($"height=\"{Math.Abs(accuracy - confidence):f1}\" ");
            svg.Add($"fill=\"var(--gap)\" fill-opacity=\".3\" stroke=\"var(--gap)\" opacity=\"{opacity:f2}\"/>");
            var height = Math.Max(1, Histogram * (double)bin.Images / most);
            svg.Add($"<rect x=\"{x + 1:f1}\" width=\"{width - 2:f1}\" y=\"{bottom + Gap + Histogram - height:f1}\" height=\"{height:f1}\" ")
                .Add($"fill=\"var(--muted)\"/>");
        }
        svg.Add($"<line x1=\"{Left}\" y1=\"{bottom}\" x2=\"{Left + Side}\" y2=\"{Top}\" stroke=\"var(--fg)\" stroke-dasharray=\"5 4\"/>");
        svg.Add($"<text x=\"{Left + Side / 2}\" y=\"{bottom + Gap + Histogram + 36}\" font-size=\"12\" text-anchor=\"middle\">confidence</text>");
        svg.Add($"<text transform=\"translate(12 {Top + Side / 2}) rotate(-90)\" font-size=\"12\" text-anchor=\"middle\">accuracy</text>");
        svg.Add($"<text transform=\"translate(12 {bottom + Gap + Histogram / 2}) rotate(-90)\" font-size=\"12\" text-anchor=\"middle\">images</text>");
        return svg.Add($"</svg><figcaption>Blue: accuracy in the bin, pale with fewer than {Few} images; red: its distance to the mean confidence; ")
            .Add($"grey: images, at most {Count(most)} in a bin.</figcaption></figure>").ToHtml();
    }
}
