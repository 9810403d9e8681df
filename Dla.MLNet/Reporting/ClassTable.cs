using static Dla.MLNet.ReportText;

namespace Dla.MLNet;

/// <summary>Precision, recall and F1 of each class, the hardest first; with scripts the columns sort.</summary>
internal static class ClassTable
{
    public static Html Render(DlaReport report)
    {
        var mistakes = report.Confusions.Where(c => c.Actual != c.Predicted).GroupBy(c => c.Actual).ToDictionary(g => g.Key, g => g.MaxBy(c => c.Images)!);
        var table = new ReportText().Add($"<p>The classes with the lowest F1 first. Precision: of the images taken for the class, those that are of it. ");
        table.Add($"Recall: of the class's images, those recognised. F1: their harmonic mean.");
        if (report.Classes.Count(c => c.Images == 0) is > 0 and var absent) table.Add($" Without images here, and therefore last: {Count(absent)}.");
        table.Add($"</p>");
        table.Add($"<div class=\"tall\"><table class=\"sortable\"><thead><tr><th>class</th><th>images</th>");
        table.Add($"<th>precision</th><th>recall</th><th>F1</th><th class=\"text\">most often taken for</th></tr></thead><tbody>\n");
        foreach (var (c, i) in report.Classes.Select((c, i) => (c, i)).OrderBy(c => c.c.Images == 0).ThenBy(c => c.c.F1).ThenBy(c => c.i))
        {
            table.Add($"<tr><td>{c.Name}</td><td ")
                .Add($"data-v=\"{c.Images}\">{Count(c.Images)}</td>{Cell(c.Precision, c.Predicted)}{Cell(c.Recall, c.Images)}{Cell(c.F1, c.Images)}");
            if (mistakes.TryGetValue(i, out var mistake))
                table.Add($"<td class=\"text\">{report.Classes[mistake.Predicted].Name} ({Count(mistake.Images)})</td></tr>\n");
            else table.Add($"<td class=\"text\">–</td></tr>\n");
        }
        return table.Add($"</tbody></table></div>").ToHtml();
    }

    /// <param name="fraction">What the cell says.</param>
    /// <param name="of">The images that it is a fraction of; of none there is no fraction.</param>
    private static Html Cell(double fraction, long of) =>
        of == 0 ? new ReportText().Add($"<td data-v=\"-1\">–</td>").ToHtml()
            : new ReportText().Add($"<td data-v=\"{fraction:r}\">{Percent(fraction, 1)}</td>").ToHtml();
}
