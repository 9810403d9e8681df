using System.Globalization;

namespace Dla.Finetune;

/// <summary>Turns the labels found in a data set into indices.</summary>
internal static class LabelMap
{
    /// <summary>Largest number of classes that whole-number labels may ask for: a path read as a label must not allocate gigabytes.</summary>
    private const int MaxClasses = 1_000_000;

    /// <summary>The class names of the labels, and each label's index.</summary>
    /// <param name="labels">The labels in the order of the images.</param>
    /// <param name="names">The names that they must be among, or <see langword="null"/>.</param>
    /// <param name="where">Names the place of label i, for messages.</param>
    /// <exception cref="InvalidDataException">A label is unknown or out of range.</exception>
    public static (IReadOnlyList<string> Names, int[] Indices) Build(IReadOnlyList<string> labels, IReadOnlyList<string>? names, Func<int, string> where)
    {
        var numbers = labels.All(l => l.All(char.IsAsciiDigit)) && (names is null || !labels.Any(Positions(names).ContainsKey));
        if (numbers) return FromNumbers(labels, names, where);
        names ??= [.. labels.Distinct().Order(StringComparer.Ordinal)];
        return (names, Find(labels, names, where));
    }

    /// <summary>Each label's place among the names.</summary>
    /// <exception cref="InvalidDataException">A label is not among them.</exception>
    public static int[] Find(IReadOnlyList<string> labels, IReadOnlyList<string> names, Func<int, string> where)
    {
        var known = Positions(names);
        var indices = new int[labels.Count];
        for (var i = 0; i < indices.Length; i++)
            if (!known.TryGetValue(labels[i], out indices[i]))
                throw new InvalidDataException($"{where(i)}: '{labels[i]}' is not one of the {known.Count} " +
                    $"expected classes ({Some(names)}). {Nearest(labels[i], names)}Correct the label, or use a model with that class.");
        return indices;
    }

    private static (IReadOnlyList<string>, int[]) FromNumbers(IReadOnlyList<string> labels, IReadOnlyList<string>? names, Func<int, string> where)
    {
        var indices = new int[labels.Count];
        for (var i = 0; i < indices.Length; i++)
        {
            var limit = names?.Count ?? MaxClasses;
            if (!int.TryParse(labels[i], NumberStyles.None, CultureInfo.InvariantCulture, out indices[i]) || indices[i] >= limit)
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{where(i)}: label {labels[i]} is out of range; " +
                    $"the classes are 0 to {limit - 1}. {FromOne(labels, limit)}Correct the label, or use a model with that class."));
        }
        return (names ?? [.. Enumerable.Range(0, indices.Max() + 1).Select(i => i.ToString(CultureInfo.InvariantCulture))], indices);
    }

    /// <summary>Two names that differ by case only; <see langword="null"/> where there are none.</summary>
    public static (string One, string Other)? DifferByCase(IEnumerable<string> names)
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in names)
            if (!seen.TryAdd(name, name) && seen[name] != name) return (seen[name], name);
        return null;
    }

    private static string Nearest(string label, IReadOnlyList<string> names) =>
        names.FirstOrDefault(n => n.Equals(label, StringComparison.OrdinalIgnoreCase)) is { } name
            ? $"The class '{name}' differs by case only, and case matters: rename one of them. " : "";

    private static string FromOne(IReadOnlyList<string> labels, int limit)
    {
        int[] numbers = [.. labels.Select(l => int.TryParse(l, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue)];
        return numbers.Min() == 1 && numbers.Max() == limit ? "The labels seem to begin at 1, and those here begin at 0: subtract 1 from each. " : "";
    }

    private static Dictionary<string, int> Positions(IReadOnlyList<string> names)
    {
        var positions = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < names.Count; i++) positions.TryAdd(names[i], i);
        return positions;
    }

    private static string Some(IReadOnlyList<string> names) => string.Join(", ", names.Take(5)) + (names.Count > 5 ? ", …" : "");
}
