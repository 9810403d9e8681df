using Dla.Finetune;

namespace Dla.Cli;

/// <summary>
/// Turns what a user names into image files: files as they are, folders with all their images, <c>-</c> for one path a line from standard input.
/// </summary>
internal static class ImageArguments
{
    /// <summary>The files in the order in which they are named, those of a folder by name.</summary>
    /// <exception cref="FileNotFoundException">A folder holds no image.</exception>
    public static IEnumerable<string> Expand(IEnumerable<string> names) => names.SelectMany(name => name switch
    {
        "-" => Lines(Console.In).SelectMany(Expand),
        _ => Expand(name),
    });

    private static IEnumerable<string> Expand(string name)
    {
        if (!Directory.Exists(name)) return [name];
        var files = ImageDataset.FilesIn(name);
        return files.Count > 0 ? files : throw new FileNotFoundException($"'{name}' has no images " +
            $"({string.Join(", ", ImageDataset.FileExtensions)}). Name image files, or a folder that has some.", name);
    }

    private static IEnumerable<string> Lines(TextReader reader)
    {
        while (reader.ReadLine() is { } line)
            if (!string.IsNullOrWhiteSpace(line)) yield return line.Trim();
    }
}
