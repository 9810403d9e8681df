namespace Dla.MLNet;

/// <summary>What changed between two evaluations of the same data.</summary>
/// <param name="Baseline">What the earlier model is called.</param>
/// <param name="Totals">top-1, top-5, macro accuracy, log-loss and calibration error, those that both have.</param>
/// <param name="Classes">The recall of each class that changed, the largest change first.</param>
public sealed record DlaReportComparison(string Baseline, IReadOnlyList<DlaChange> Totals, IReadOnlyList<DlaChange> Classes)
{
    internal static DlaReportComparison Of(DlaReport before, DlaReport after)
    {
        RequireSame(before, after);
        List<DlaChange> totals = [new("top-1", before.Top1, after.Top1), new("top-5", before.Top5, after.Top5)];
        if (before.MacroAccuracy is { } macroBefore && after.MacroAccuracy is { } macroAfter)
            totals.Add(new DlaChange("macro accuracy", macroBefore, macroAfter));
        if (before.LogLoss is { } lossBefore && after.LogLoss is { } lossAfter) totals.Add(new DlaChange("log-loss", lossBefore, lossAfter));
        if (before.Classes.Count > 0 && after.Classes.Count > 0)
            totals.Add(new DlaChange("calibration error", before.Calibration.Error, after.Calibration.Error));
        var classes = before.Classes.Zip(after.Classes, (b, a) => new DlaChange(a.Name, b.Recall, a.Recall)).Where(c => c.Difference != 0)
            .OrderByDescending(c => Math.Abs(c.Difference)).ToList();
        return new DlaReportComparison(before.Model, totals, classes);
    }

    private static void RequireSame(DlaReport before, DlaReport after)
    {
        var (old, now) = (before.Classes, after.Classes);
        if (old.Count > 0 && now.Count > 0 && !old.Select(c => c.Name).SequenceEqual(now.Select(c => c.Name)))
        {
            var first = Enumerable.Range(0, Math.Min(old.Count, now.Count)).FirstOrDefault(i => old[i].Name != now[i].Name, Math.Min(old.Count, now.Count));
            throw new ArgumentException($"The baseline has {old.Count} classes and this evaluation {now.Count}; they differ from number {first} on " +
                $"('{Name(old, first)}' and '{Name(now, first)}'). Compare models of the same classes.");
        }
        if (before.Images != after.Images || before.Labels != after.Labels)
            throw new ArgumentException($"The baseline was evaluated on {before.Images:N0} images ('{before.Data}') and this model on " +
                $"{after.Images:N0} ('{after.Data}'), " +
                "or their labels or order differ. Evaluate both on the same data.");

        static string Name(IReadOnlyList<DlaClassMetrics> classes, int i) => i < classes.Count ? classes[i].Name : "none";
    }
}
