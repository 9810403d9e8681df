using System.Text;

namespace Dla.Cli;

/// <summary>
/// Where <c>dla classify --explain</c> writes its pictures: <c>NAME.CLASS.png</c>, and <c>NAME-2.CLASS.png</c> for another photo of that name.
/// </summary>
internal sealed class ExplanationFolder
{
    /// <summary>Bytes of a photo's or a class's name in a file's name, which may have 255 on most systems.</summary>
    private const int Most = 100;

    /// <summary>What Windows does not allow in names, beside control characters.</summary>
    private const string Forbidden = "\\/:*?\"<>|";

    private readonly string _folder;
    private readonly HashSet<string> _photos = new(StringComparer.OrdinalIgnoreCase), _written = new(StringComparer.OrdinalIgnoreCase);

    public ExplanationFolder(string folder) => _folder = Directory.CreateDirectory(folder).FullName;

    /// <summary>Writes a photo's pictures; each appears whole or not at all.</summary>
    public void Write(string photo, ExplainedPrediction prediction)
    {
        var name = Own(_photos, FileName(Path.GetFileNameWithoutExtension(photo)));
        foreach (var (label, png) in prediction.Pictures)
        {
            var file = Own(_written, $"{name}.{FileName(label)}");   // a photo 'a' of class 'b.c' and 'a.b' of class 'c' meet here
            var path = Path.Combine(_folder, file + ".png");
            File.WriteAllBytes(path + ".tmp", png);
            File.Move(path + ".tmp", path, overwrite: true);
        }
    }

    /// <summary>The name, or with a number where another of this run has it.</summary>
    private static string Own(HashSet<string> taken, string name)
    {
        var own = name;
        for (var i = 2; !taken.Add(own); i++) own = $"{name}-{i}";
        return own;
    }

    private static string FileName(string text)
    {
        var (name, bytes) = (new StringBuilder(), 0);
        foreach (var letter in text.EnumerateRunes())
        {
            if ((bytes += letter.Utf8SequenceLength) > Most) break;
            name.Append(Rune.IsControl(letter) || Forbidden.Contains(letter.ToString(), StringComparison.Ordinal) ? "_" : letter.ToString());
        }
        return name.ToString().Trim(' ', '.') is { Length: > 0 } some ? some : "_";
    }
}
