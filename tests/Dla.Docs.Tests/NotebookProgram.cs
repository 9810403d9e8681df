using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Dla.Docs.Tests;

/// <summary>A notebook's twin: a file-based app whose comments mark the cells.</summary>
/// <remarks>
/// <c>// %%</c> begins a code cell and <c>// %% [markdown]</c> a text, whose lines are comments. What stands before the first mark belongs to the program
/// alone; its <c>#:project</c> and <c>#:package</c> directives become the notebook's first cell, as do the properties that ask for native packages.
/// </remarks>
internal static partial class NotebookProgram
{
    private const string DisplayProject = "Display";

    /// <summary>Properties that the build turns into this system's native package; a notebook must name one.</summary>
    private static readonly Dictionary<string, (string Package, string Remark)> Natives = new()
    {
        ["DlaNativeOnnx=true"] = ("Microsoft.ML.OnnxRuntime", ""),
        ["DlaNativeTorch=true"] = ("libtorch-cpu-linux-x64", "   // on Windows libtorch-cpu-win-x64, on macOS libtorch-cpu-osx-arm64"),
    };

    public static IReadOnlyList<NotebookCell> Read(string path)
    {
        var cells = new List<NotebookCell>();
        var parts = Mark().Split(File.ReadAllText(path).ReplaceLineEndings("\n"));
        for (var i = 1; i < parts.Length; i += 2)
        {
            var isCode = parts[i].Length == 0;
            var lines = parts[i + 1].Trim('\n').Split('\n');
            cells.Add(new NotebookCell(isCode, string.Join('\n', isCode ? lines : lines.Select(l => Uncommented(l, path)))));
        }
        var references = Directive().Matches(parts[0]).Select(m => Reference(m, path)).Where(r => r.Length > 0).ToList();
        cells.Insert(cells.FindIndex(c => c.IsCode), new NotebookCell(IsCode: true, string.Join('\n', references)));
        return cells;
    }

    private static string Uncommented(string line, string path) =>
        line.StartsWith("// ", StringComparison.Ordinal) ? line[3..] : line is "//" or "" ? ""
            : throw new FormatException($"'{path}': '{line}' is not a comment, in a text cell.");

    private static string Reference(Match directive, string path)
    {
        var value = directive.Groups["value"].Value.Trim();
        var isProject = directive.Groups["kind"].Value == "project";
        var (id, remark) = isProject ? (Path.GetFileNameWithoutExtension(value), "") : Natives.GetValueOrDefault(value, (value, ""));
        if (id == DisplayProject || id.Contains('=', StringComparison.Ordinal)) return "";
        return $"#r \"nuget: {id}, {Version(Path.GetDirectoryName(Path.GetDirectoryName(path))!, id, isProject)}\"{remark}";
    }

    /// <summary>The version of a package, or that of this repository's own ones.</summary>
    private static string Version(string root, string id, bool isProject)
    {
        if (isProject) return XDocument.Load(Path.Combine(root, "Directory.Build.props")).Descendants("Version").Single().Value;
        var packages = XDocument.Load(Path.Combine(root, "Directory.Packages.props"));
        var version = packages.Descendants("PackageVersion").Single(p => p.Attribute("Include")!.Value == id).Attribute("Version")!.Value;
        return version.StartsWith("$(", StringComparison.Ordinal) ? packages.Descendants(version[2..^1]).Single().Value : version;
    }

    [GeneratedRegex(@"^// %%((?: \[markdown\])?)\n", RegexOptions.Multiline)]
    private static partial Regex Mark();

    [GeneratedRegex(@"^#:(?<kind>project|package|property) (?<value>.+)$", RegexOptions.Multiline)]
    private static partial Regex Directive();
}
