using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dla.Notebooks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.Extensions.DependencyModel;

namespace Dla.Docs.Tests;

/// <summary>
/// Runs a notebook's code cells in order, as C# script, with the assemblies that its <c>#r</c> lines name: the built projects, and the packages they were
/// built with.
/// </summary>
internal sealed partial class NotebookRunner
{
    /// <summary>What .NET Interactive imports by itself.</summary>
    private static readonly string[] DefaultImports =
        ["System", "System.Text", "System.Collections", "System.Collections.Generic", "System.Linq", "System.Threading.Tasks", typeof(Display).FullName!];

    private ScriptOptions _options = ScriptOptions.Default.WithImports(DefaultImports).AddReferences(Platform()).AddReferences(typeof(Display).Assembly);
    private ScriptState<object>? _state;

    /// <summary>Runs one cell.</summary>
    /// <returns>Its outputs as a notebook stores them.</returns>
    /// <exception cref="Exception">Whatever the cell throws; also when a referenced package is not there.</exception>
    public async Task<JsonArray> RunAsync(string code, CancellationToken cancel)
    {
        var outputs = new JsonArray();
        using var text = new StringWriter();
        var console = Console.Out;
        Console.SetOut(text);
        Display.Sink = value =>
        {
            Flush(text, outputs);
            outputs.Add(new JsonObject { ["data"] = Data(value), ["metadata"] = new JsonObject(), ["output_type"] = "display_data" });
        };
        try
        {
            code = Reference().Replace(code, Resolve);
            _state = _state is null
                ? await CSharpScript.RunAsync(code, _options, cancellationToken: cancel)
                : await _state.ContinueWithAsync(code, _options, cancel);
            Flush(text, outputs);
            return outputs;
        }
        finally
        {
            Display.Sink = null;
            Console.SetOut(console);
        }
    }

    private static JsonObject Data(object value) =>
        value is Html html ? new JsonObject { ["text/html"] = NotebookFile.Lines(html.Text) }
            : new JsonObject { ["text/plain"] = NotebookFile.Lines(value.ToString()!) };

    private static void Flush(StringWriter text, JsonArray outputs)
    {
        var builder = text.GetStringBuilder();
        if (builder.Length == 0) return;
        outputs.Add(new JsonObject { ["name"] = "stdout", ["output_type"] = "stream",
            ["text"] = NotebookFile.Lines(builder.ToString().ReplaceLineEndings("\n")) });
        builder.Clear();
    }

    private string Resolve(Match match)
    {
        var id = match.Groups["id"].Value;
        var libraries = DependencyContext.Default!.RuntimeLibraries.ToDictionary(l => l.Name, StringComparer.OrdinalIgnoreCase);
        if (!libraries.ContainsKey(id)) throw new FileNotFoundException($"The notebook refers to '{id}', " +
            "which is neither a project nor a package that these tests are built with.");
        var wanted = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        Add(id);
        _options = _options.AddReferences(wanted.SelectMany(name => libraries[name].GetDefaultAssemblyNames(DependencyContext.Default)).Select(Assembly.Load));
        return "";

        void Add(string name)
        {
            if (!libraries.TryGetValue(name, out var library) || !wanted.Add(name)) return;
            foreach (var dependency in library.Dependencies) Add(dependency.Name);
        }
    }

    /// <summary>The framework's own assemblies.</summary>
    private static IEnumerable<MetadataReference> Platform()
    {
        var folder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        return ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetDirectoryName(path) == folder)
            .Select(path => MetadataReference.CreateFromFile(path));
    }

    [GeneratedRegex("""^#r "nuget: ?(?<id>[^,"]+)(, ?[^"]*)?".*$""", RegexOptions.Multiline)]
    private static partial Regex Reference();
}
