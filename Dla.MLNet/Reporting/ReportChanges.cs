using System.Globalization;
using static Dla.MLNet.ReportText;

namespace Dla.MLNet;

/// <summary>The part of a report that compares it with an earlier one.</summary>
internal static class ReportChanges
{
    /// <summary>Classes that are listed.</summary>
    private const int ClassesTold = 20;

    public static Html Render(DlaReportComparison comparison)
    {
        var text = new ReportText().Add($"<p>Against {comparison.Baseline}, on the same images.</p>");
        text.Add($"<div class=\"scroll\"><table><thead><tr><th class=\"text\"></th><th>before</th><th>now</th><th>change</th></tr></thead><tbody>");
        foreach (var change in comparison.Totals)
        {
            var isFraction = change.Name != "log-loss";
            var better = change.Name is "log-loss" or "calibration error" ? change.Difference < 0 : change.Difference > 0;
            text.Add($"<tr><td>{change.Name}</td><td>{Value(change.Before, isFraction)}</td><td>{Value(change.After, isFraction)}</td>");
            text.Add($"<td class=\"{Mood(change.Difference, better)}\">{Signed(change.Difference, isFraction)}</td></tr>\n");
        }
        text.Add($"</tbody></table></div>");
        if (comparison.Totals.All(t => t.Name != "macro accuracy")) return text.Add($"<p>One of the two could measure no image.</p>").ToHtml();
        if (comparison.Classes.Count == 0) return text.Add($"<p>The recall of every class is the same.</p>").ToHtml();
        text.Add($"<h3>Recall of the classes that changed most</h3>");
        text.Add($"<div class=\"scroll\"><table><thead><tr><th class=\"text\">class</th><th>before</th><th>now</th><th>change</th></tr></thead><tbody>");
        foreach (var change in comparison.Classes.Take(ClassesTold))
        {
            text.Add($"<tr><td>{change.Name}</td><td>{Percent(change.Before, 1)}</td><td>{Percent(change.After, 1)}</td>");
            text.Add($"<td class=\"{Mood(change.Difference, change.Difference > 0)}\">{Signed(change.Difference, isFraction: true)}</td></tr>\n");
        }
        text.Add($"</tbody></table></div>");
        return comparison.Classes.Count > ClassesTold ? text.Add($"<p class=\"muted\">{comparison.Classes.Count} classes changed.</p>").ToHtml()
            : text.ToHtml();
    }

    private static string Value(double value, bool isFraction) => isFraction ? Percent(value) : Number(value, 3);

    private static string Signed(double value, bool isFraction) =>
        (isFraction ? 100 * value : value).ToString(isFraction ? "+0.00;−0.00;0.00" : "+0.000;−0.000;0.000", CultureInfo.InvariantCulture)
            + (isFraction ? " points" : "");

    private static string Mood(double difference, bool better) => difference == 0 ? "" : better ? "up" : "down";
}
