using System.Globalization;

namespace Dla.Finetune;

/// <summary>
/// A text file with lines <c>relative/path label</c>, such as ImageNet's <c>val_list.txt</c>; paths are relative to its folder and may have spaces.
/// </summary>
internal sealed class ImageList : ImageFiles
{
    private ImageList(string name, IReadOnlyList<string> classNames, string[] paths, int[] labels, IReadOnlyList<string> notes)
        : base(name, classNames, paths, labels, notes)
    {
    }

    public static ImageList Open(string file, DatasetOptions options)
    {
        var root = Path.GetDirectoryName(Path.GetFullPath(file))!;
        List<string> paths = [], labels = [];
        List<int> lines = [];
        string Where(int i) => string.Create(CultureInfo.InvariantCulture, $"'{file}', line {lines[i]}");
        var (number, hasBackslash) = (0, false);
        foreach (var line in File.ReadLines(file))
        {
            number++;
            var text = line.Trim();
            if (text.Length == 0) continue;
            var split = text.LastIndexOfAny([' ', '\t']);
            if (split < 0 || text.Contains('\0', StringComparison.Ordinal))
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"'{file}', line {number}: " +
                    $"expected 'relative/path label', found '{Start(text)}'. A list file has one image a line."));
            lines.Add(number);
            paths.Add(Path.GetFullPath(text[..split].TrimEnd(), root));
            if (!hasBackslash && text[..split].Contains('\\', StringComparison.Ordinal))
            {
                hasBackslash = true;
                RequireSeparator(paths[^1], Where(lines.Count - 1));
            }
            labels.Add(text[(split + 1)..]);
        }
        if (paths.Count == 0) throw new InvalidDataException($"'{file}' is empty. A list file has lines 'relative/path label'.");
        var (classNames, indices) = LabelMap.Build(labels, options.ClassNames, Where);
        return new ImageList(file, classNames, [.. paths], indices, Doubts(file, labels));
    }

    /// <summary>Looks at the first path with a backslash: on Windows it separates folders, elsewhere it is a letter of a name.</summary>
    private static void RequireSeparator(string path, string where)
    {
        if (Path.DirectorySeparatorChar == '\\' || File.Exists(path)) return;
        throw new InvalidDataException($"{where}: there is no '{path}', whose name has backslashes. This system separates folders by '/'. " +
            "Replace the backslashes of the list.");
    }

    /// <summary>Numbers from 1 are in range where the last class is not in the list, and all of them are wrong.</summary>
    private static string[] Doubts(string file, List<string> labels) =>
        labels.Contains("1") && !labels.Contains("0") && labels.TrueForAll(l => l.All(char.IsAsciiDigit))
            ? [$"'{file}': no image has label 0, and class 0 is the first one. Subtract 1 from each label if yours begin at 1."]
            : [];

    private static string Start(string text)
    {
        var clean = string.Concat(text.Take(60).Select(c => char.IsControl(c) ? '?' : c));
        return text.Length > 60 ? clean + "…" : clean;
    }
}
