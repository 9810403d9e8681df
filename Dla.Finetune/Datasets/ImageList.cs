using System.Globalization;

namespace Dla.Finetune;

/// <summary>
/// A text file with lines <c>relative/path label</c>, such as ImageNet's <c>val_list.txt</c>; paths are relative to its folder and may have spaces.
/// </summary>
internal sealed class ImageList : ImageFiles
{
    private ImageList(string name, IReadOnlyList<string> classNames, string[] paths, int[] labels) : base(name, classNames, paths, labels)
    {
    }

    public static ImageList Open(string file, DatasetOptions options)
    {
        var root = Path.GetDirectoryName(Path.GetFullPath(file))!;
        List<string> paths = [], labels = [];
        List<int> lines = [];
        string Where(int i) => string.Create(CultureInfo.InvariantCulture, $"'{file}', line {lines[i]}");
        var number = 0;
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
            labels.Add(text[(split + 1)..]);
        }
        if (paths.Count == 0) throw new InvalidDataException($"'{file}' is empty. A list file has lines 'relative/path label'.");
        var (classNames, indices) = LabelMap.Build(labels, options.ClassNames, Where);
        return new ImageList(file, classNames, [.. paths], indices);
    }

    private static string Start(string text)
    {
        var clean = string.Concat(text.Take(60).Select(c => char.IsControl(c) ? '?' : c));
        return text.Length > 60 ? clean + "…" : clean;
    }
}
