namespace Dla.Cli;

/// <summary>
/// Where <c>dla classify --explain</c> writes its pictures: <c>NAME.CLASS.png</c>, and <c>NAME-2.CLASS.png</c> for another photo of that name.
/// </summary>
internal sealed class ExplanationFolder
{
    /// <summary>Letters of a class's name in a file's name.</summary>
    private const int Letters = 60;

    /// <summary>What Windows does not allow in names, beside control characters.</summary>
    private const string Forbidden = "\\/:*?\"<>|";

    private readonly string _folder;
    private readonly HashSet<string> _photos = new(StringComparer.OrdinalIgnoreCase);

    public ExplanationFolder(string folder) => _folder = Directory.CreateDirectory(folder).FullName;

    /// <summary>Writes a photo's pictures; each appears whole or not at all.</summary>
    public void Write(string photo, ExplainedPrediction prediction)
    {
        var (name, written) = (Own(FileName(Path.GetFileNameWithoutExtension(photo))), new HashSet<string>(StringComparer.OrdinalIgnoreCase));
        foreach (var (label, png) in prediction.Pictures)
        {
            var file = $"{name}.{FileName(label)}";
            for (var i = 2; !written.Add(file); i++) file = $"{name}.{FileName(label)}-{i}";
            var path = Path.Combine(_folder, file + ".png");
            File.WriteAllBytes(path + ".tmp", png);
            File.Move(path + ".tmp", path, overwrite: true);
        }
    }

    /// <summary>The name, or with a number where another photo of this run has it.</summary>
    private string Own(string name)
    {
        var own = name;
        for (var i = 2; !_photos.Add(own); i++) own = $"{name}-{i}";
        return own;
    }

    private static string FileName(string text)
    {
        var name = string.Concat(text.Select(c => char.IsControl(c) || Forbidden.Contains(c, StringComparison.Ordinal) ? '_' : c)).Trim(' ', '.');
        return name.Length == 0 ? "_" : name.Length <= Letters ? name : name[..Letters].TrimEnd();
    }
}
