namespace Dla.MLNet;

/// <summary>An order of the classes in which those that are confused stand beside each other.</summary>
/// <remarks>The strongest confusions first, chains of classes are joined at the ends nearest to the two that are confused.</remarks>
internal static class ClassOrder
{
    /// <summary>The classes' places in their new order: the class at each place.</summary>
    public static int[] Of(IReadOnlyList<DlaClassMetrics> classes, IReadOnlyList<DlaConfusion> confusions)
    {
        var similar = new Dictionary<(int A, int B), double>();
        foreach (var c in confusions.Where(c => c.Actual != c.Predicted))
        {
            var pair = (Math.Min(c.Actual, c.Predicted), Math.Max(c.Actual, c.Predicted));
            similar[pair] = similar.GetValueOrDefault(pair) + (double)c.Images / Math.Max(1, classes[c.Actual].Images);
        }
        var chains = Enumerable.Range(0, classes.Count).Select(i => new List<int> { i }).ToArray();
        foreach (var (a, b) in similar.OrderByDescending(p => p.Value).ThenBy(p => p.Key).Select(p => p.Key))
        {
            var (left, right) = (chains[a], chains[b]);
            if (left == right) continue;
            if (left.IndexOf(a) < left.Count - 1 - left.IndexOf(a)) left.Reverse();
            if (right.IndexOf(b) > right.Count - 1 - right.IndexOf(b)) right.Reverse();
            left.AddRange(right);
            foreach (var moved in right) chains[moved] = left;
        }
        return [.. chains.Distinct().OrderBy(c => c.Min()).SelectMany(c => c)];
    }
}
